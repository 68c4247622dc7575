/** Normalisations. Weights may be float32 or float16, whatever the dtype of x; the result has that of x. */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { aroundAxis, formatShape, sizeOf } from '../shape/shape.js';
import { checkWhole } from '../shape/window.js';
import { checkDType, checkOperands, checkPositive, checkVector, FLOATS } from './check.js';

/** Scale and shift after a normalisation; each may be left out. */
export interface AffineOptions<T> {
  readonly weight?: T | undefined;
  readonly bias?: T | undefined;
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
}

const EPS = 1e-5;

function checkNorm(op: string, x: TensorBase, rank: number, layout: string, eps: number): void {
  checkDType(op, 'x', x, FLOATS);
  checkPositive(op, 'eps', eps);
  if (x.rank < rank) throw shapeError(op, `x is ${formatShape(x.shape)}, but must be ${layout}`);
}

/**
 * Over the last axis: (x - mean) / sqrt(biased variance + eps) * weight + bias, with weight and bias
 * [width]. Ba, Kiros, Hinton 2016.
 */
export function layerNorm<T extends TensorBase>(x: T, options: AffineOptions<T> = {}): T {
  const op = 'layer_norm';
  const { weight, bias, eps = EPS } = options;
  checkOperands(op, x, weight, bias);
  checkNorm(op, x, 1, '[..., width]', eps);
  const width = x.shape.at(-1) ?? 1;
  checkVector(op, 'weight', weight, [width]);
  checkVector(op, 'bias', bias, [width]);
  const rows = sizeOf(x.shape.slice(0, -1));
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.layerNorm, {
    bindings: { x, weight, bias, out },
    params: { rows, width, eps },
    grid: [rows, 1, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/** Over the last axis: x / sqrt(mean of squares + eps) * weight, with weight [width]. Zhang, Sennrich 2019. */
export function rmsNorm<T extends TensorBase>(x: T, options: Omit<AffineOptions<T>, 'bias'> = {}): T {
  const op = 'rms_norm';
  const { weight, eps = EPS } = options;
  checkOperands(op, x, weight);
  checkNorm(op, x, 1, '[..., width]', eps);
  const width = x.shape.at(-1) ?? 1;
  checkVector(op, 'weight', weight, [width]);
  const rows = sizeOf(x.shape.slice(0, -1));
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.rmsNorm, {
    bindings: { x, weight, out },
    params: { rows, width, eps },
    grid: [rows, 1, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/**
 * x is [batch, channels, ...]. Per sample and group of channels: (x - mean) / sqrt(biased variance +
 * eps), then weight and bias [channels] per channel. Wu, He 2018. `SHAPE_MISMATCH` when the channels do
 * not divide into `groups`.
 */
export function groupNorm<T extends TensorBase>(x: T, groups: number, options: AffineOptions<T> = {}): T {
  const op = 'group_norm';
  const { weight, bias, eps = EPS } = options;
  checkOperands(op, x, weight, bias);
  checkNorm(op, x, 2, '[batch, channels, ...]', eps);
  checkWhole(op, 'groups', groups, 1);
  const { outer: batch, count: channels, inner: spatial } = aroundAxis(x.shape, 1);
  if (channels % groups !== 0) {
    throw shapeError(
      op,
      `the ${channels} channels of x ${formatShape(x.shape)} do not divide into ${groups} groups`,
    );
  }
  checkVector(op, 'weight', weight, [channels]);
  checkVector(op, 'bias', bias, [channels]);
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.groupNorm, {
    bindings: { x, weight, bias, out },
    params: { batch, channels, spatial, groups, eps },
    grid: [groups, batch, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/** The running statistics of a batch normalisation, with its scale and shift. */
export interface BatchNormOptions<T> extends AffineOptions<T> {
  readonly mean: T;
  readonly variance: T;
}

/**
 * Inference: x is [batch, channels, ...]; (x - mean) / sqrt(variance + eps) * weight + bias, all of them
 * [channels]. Ioffe, Szegedy 2015.
 */
export function batchNorm<T extends TensorBase>(x: T, options: BatchNormOptions<T>): T {
  const op = 'batch_norm';
  const { mean, variance, weight, bias, eps = EPS } = options;
  checkOperands(op, x, mean, variance, weight, bias);
  checkNorm(op, x, 2, '[batch, channels, ...]', eps);
  const { outer: batch, count: channels, inner: spatial } = aroundAxis(x.shape, 1);
  checkVector(op, 'mean', mean, [channels]);
  checkVector(op, 'variance', variance, [channels]);
  checkVector(op, 'weight', weight, [channels]);
  checkVector(op, 'bias', bias, [channels]);
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.batchNorm, {
    bindings: { x, mean, variance, weight, bias, out },
    params: { batch, channels, spatial, eps },
    grid: [spatial, channels, batch],
    label: op,
  });
  return out;
}

/**
 * x is [batch, ..., channels]; g[c] = sqrt(sum of x^2 over the middle axes), s[c] = g[c] / (mean of g +
 * 1e-6), gamma * (x * s) + beta + x with gamma and beta [channels]. Woo et al. 2023 (ConvNeXt V2).
 */
export function globalResponseNorm<T extends TensorBase>(x: T, gamma: T, beta: T): T {
  const op = 'global_response_norm';
  checkOperands(op, x, gamma, beta);
  checkNorm(op, x, 2, '[batch, ..., channels]', 1);
  const channels = x.shape.at(-1) ?? 1;
  const [batch] = x.shape;
  const spatial = sizeOf(x.shape.slice(1, -1));
  checkVector(op, 'gamma', gamma, [channels]);
  checkVector(op, 'beta', beta, [channels]);
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.globalResponseNorm, {
    bindings: { x, gamma, beta, out },
    params: { batch, spatial, channels },
    grid: [batch, 1, 1],
    label: op,
    work: 2 * x.size,
  });
  return out;
}
