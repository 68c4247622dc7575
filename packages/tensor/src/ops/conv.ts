/**
 * Convolutions. x is [n, channels, h, w]; weights may be float32 or float16 whatever the dtype of x, which
 * is the dtype of the result.
 */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { formatShape } from '../shape/shape.js';
import {
  checkWhole,
  type Padding2d,
  type Pair,
  paddingOf,
  pairOf,
  transposedCount,
  type WindowAxis,
  windowCount,
} from '../shape/window.js';
import { checkDType, checkOperands, checkRank, checkVector, FLOATS } from './check.js';

interface ConvCommon<T> {
  /** [outChannels]. */
  readonly bias?: T | undefined;
  /** The channels are split into so many groups that do not see each other. Default: 1. */
  readonly groups?: number;
}

/** Options of {@link conv2d}. */
export interface Conv2dOptions<T> extends ConvCommon<T> {
  /** Default: 1. */
  readonly stride?: Pair;
  /** Zeros around x: for all sides, [rows, columns], or [top, bottom, left, right]. Default: 0. */
  readonly padding?: Padding2d;
  /** Default: 1. */
  readonly dilation?: Pair;
}

/** Options of {@link convTranspose2d}. */
export interface ConvTranspose2dOptions<T> extends Conv2dOptions<T> {
  /** Rows below and columns right that are added to the result. Default: 0. */
  readonly outputPadding?: Pair;
}

interface ConvAxes {
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
  readonly groups: number;
}

/** Checks dtypes, ranks and options; the weight's channels are checked by the caller. */
function axesOf<T extends TensorBase>(op: string, x: T, weight: T, options: Conv2dOptions<T>): ConvAxes {
  checkOperands(op, x, weight, options.bias);
  checkDType(op, 'x', x, FLOATS);
  checkDType(op, 'weight', weight, FLOATS);
  checkRank(op, 'x', x, 4, '[n, channels, h, w]');
  checkRank(op, 'weight', weight, 4, 'four axes: channels, channels / groups, kernel rows, kernel columns');
  const stride = pairOf(op, 'stride', options.stride ?? 1, 1);
  const dilation = pairOf(op, 'dilation', options.dilation ?? 1, 1);
  const [top, bottom, left, right] = paddingOf(op, options.padding ?? 0);
  const groups = options.groups ?? 1;
  checkWhole(op, 'groups', groups, 1);
  const axis = (at: 2 | 3, before: number, after: number): WindowAxis => ({
    size: x.shape[at],
    kernel: weight.shape[at],
    stride: stride[at - 2],
    dilation: dilation[at - 2],
    before,
    after,
  });
  return { rows: axis(2, top, bottom), columns: axis(3, left, right), groups };
}

function launch<T extends TensorBase>(
  kernel: typeof kernels.conv2d,
  x: T,
  weight: T,
  bias: T | undefined,
  out: T,
  { rows, columns, groups }: ConvAxes,
  label: string,
): T {
  const [batch, channels, height, width] = x.shape;
  const [, outChannels, outHeight, outWidth] = out.shape;
  const taps = rows.kernel * columns.kernel;
  out.launch(kernel, {
    bindings: { x, weight, bias, out },
    params: {
      batch,
      channels,
      height,
      width,
      outChannels,
      outHeight,
      outWidth,
      kernelHeight: rows.kernel,
      kernelWidth: columns.kernel,
      strideHeight: rows.stride,
      strideWidth: columns.stride,
      padTop: rows.before,
      padLeft: columns.before,
      dilationHeight: rows.dilation,
      dilationWidth: columns.dilation,
      groups,
    },
    grid: [outHeight * outWidth, outChannels, batch],
    label,
    work: Math.ceil((out.size * taps * channels) / groups),
  });
  return out;
}

function checkChannels(op: string, x: TensorBase, weight: TensorBase, fits: boolean, groups: number): void {
  if (fits) return;
  throw shapeError(
    op,
    `the channels of x ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} do not fit with ${groups} groups`,
  );
}

/**
 * Cross-correlation with zero padding. weight is [outChannels, channels / groups, kh, kw]; the result is
 * [n, outChannels, oh, ow], oh = floor((h + top + bottom - dilation (kh - 1) - 1) / stride) + 1.
 */
export function conv2d<T extends TensorBase>(x: T, weight: T, options: Conv2dOptions<T> = {}): T {
  return convolve('conv2d', x, weight, options);
}

export function convolve<T extends TensorBase>(op: string, x: T, weight: T, options: Conv2dOptions<T>): T {
  const axes = axesOf(op, x, weight, options);
  const { groups, rows, columns } = axes;
  const [batch, channels] = x.shape;
  const [outChannels, perGroup] = weight.shape;
  checkChannels(
    op,
    x,
    weight,
    channels === perGroup * groups && channels > 0 && outChannels % groups === 0,
    groups,
  );
  checkVector(op, 'bias', options.bias, [outChannels]);
  const shape = [batch, outChannels, windowCount(op, rows), windowCount(op, columns)];
  const out = x.create(shape, x.dtype, op);
  return launch(kernels.conv2d, x, weight, options.bias, out, axes, op);
}

/**
 * The transpose of {@link conv2d}. weight is [channels, outChannels / groups, kh, kw]; the result has
 * oh = (h - 1) stride - top - bottom + dilation (kh - 1) + outputPadding + 1 rows. `SHAPE_MISMATCH` for
 * an output padding that is not below the stride or the dilation.
 */
export function convTranspose2d<T extends TensorBase>(
  x: T,
  weight: T,
  options: ConvTranspose2dOptions<T> = {},
): T {
  return transposed('conv_transpose2d', x, weight, options);
}

export function transposed<T extends TensorBase>(
  op: string,
  x: T,
  weight: T,
  options: ConvTranspose2dOptions<T>,
): T {
  const axes = axesOf(op, x, weight, options);
  const { groups, rows, columns } = axes;
  const extra = pairOf(op, 'outputPadding', options.outputPadding ?? 0, 0);
  const [batch, channels] = x.shape;
  const [inChannels, perGroup] = weight.shape;
  checkChannels(op, x, weight, channels === inChannels && channels > 0 && channels % groups === 0, groups);
  const outChannels = perGroup * groups;
  checkVector(op, 'bias', options.bias, [outChannels]);
  [rows, columns].forEach((axis, i) => {
    const most = Math.max(axis.stride, axis.dilation) - 1;
    if (extra[i] > most) {
      throw shapeError(op, `outputPadding is ${extra[i]}, at most ${most} with this stride and dilation`);
    }
  });
  const shape = [
    batch,
    outChannels,
    transposedCount(op, rows, extra[0]),
    transposedCount(op, columns, extra[1]),
  ];
  const out = x.create(shape, x.dtype, op);
  return launch(kernels.convTranspose2d, x, weight, options.bias, out, axes, op);
}
