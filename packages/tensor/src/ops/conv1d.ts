/** Convolutions of [n, channels, length]: those of pictures with one row. */

import type { TensorBase } from '../base.js';
import { argumentError } from '../fail.js';
import { checkOperands, checkRank } from './check.js';
import { convolve, transposed } from './conv.js';

/** Options of {@link conv1d}. */
export interface Conv1dOptions<T> {
  /** [outChannels]. */
  readonly bias?: T | undefined;
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros around x: for both ends, or [before, after]. Default: 0. */
  readonly padding?: number | readonly [number, number];
  /** Default: 1. */
  readonly dilation?: number;
  /** Default: 1. */
  readonly groups?: number;
}

/** Options of {@link convTranspose1d}. */
export interface ConvTranspose1dOptions<T> extends Conv1dOptions<T> {
  /** Elements added at the end of the result. Default: 0. */
  readonly outputPadding?: number;
}

type Run<T, O> = (op: string, x: T, weight: T, options: O) => T;

function asPicture<T extends TensorBase, O>(op: string, x: T, weight: T, options: O, run: Run<T, O>): T {
  checkOperands(op, x, weight);
  checkRank(op, 'x', x, 3, '[n, channels, length]');
  checkRank(op, 'weight', weight, 3, 'three axes: channels, channels / groups, kernel');
  const picture = x.alias([x.shape[0], x.shape[1], 1, x.shape[2]]);
  const kernel = weight.alias([weight.shape[0], weight.shape[1], 1, weight.shape[2]]);
  try {
    const result = run(op, picture, kernel, options);
    const out = result.alias([result.shape[0], result.shape[1], result.shape[3]]);
    result.dispose();
    return out;
  } finally {
    picture.dispose();
    kernel.dispose();
  }
}

/** The options of one axis as those of the columns of a picture. */
function pictureOptions<T>(op: string, options: Conv1dOptions<T>) {
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const [before, after] = typeof padding === 'number' ? [padding, padding] : padding;
  if (typeof padding !== 'number' && padding.length !== 2) {
    throw argumentError(op, `padding has ${(padding as readonly number[]).length} values, not 2`);
  }
  return {
    bias,
    groups,
    stride: [1, stride] as const,
    padding: [0, 0, before, after] as const,
    dilation: [1, dilation] as const,
  };
}

/**
 * Cross-correlation with zero padding. x is [n, channels, length], weight [outChannels, channels / groups,
 * k]; the result is [n, outChannels, floor((length + padding - dilation (k - 1) - 1) / stride) + 1]. Floats.
 */
export function conv1d<T extends TensorBase>(x: T, weight: T, options: Conv1dOptions<T> = {}): T {
  return asPicture('conv1d', x, weight, pictureOptions('conv1d', options), convolve);
}

/**
 * The transpose of {@link conv1d}. weight is [channels, outChannels / groups, k]; the result is (length -
 * 1) stride - padding + dilation (k - 1) + outputPadding + 1 long. Floats.
 */
export function convTranspose1d<T extends TensorBase>(
  x: T,
  weight: T,
  options: ConvTranspose1dOptions<T> = {},
): T {
  const op = 'conv_transpose1d';
  const picture = { ...pictureOptions(op, options), outputPadding: [0, options.outputPadding ?? 0] as const };
  return asPicture(op, x, weight, picture, transposed);
}
