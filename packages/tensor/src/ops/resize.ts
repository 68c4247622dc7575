/** Pooling and resizing of the planes of [..., h, w]. Floats; the result has the dtype of x. */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { formatShape, sizeOf } from '../shape/shape.js';
import { checkWhole, type Padding2d, type Pair, paddingOf, pairOf, windowCount } from '../shape/window.js';
import { checkDType, checkOperands, FLOATS } from './check.js';

/** Options of {@link avgPool2d} and {@link maxPool2d}. */
export interface PoolOptions {
  /** Rows and columns of a window. */
  readonly kernel: Pair;
  /** Default: the kernel. */
  readonly stride?: Pair;
  /** For all sides, [rows, columns], or [top, bottom, left, right]. Default: 0. */
  readonly padding?: Padding2d;
}

interface Planes {
  readonly lead: readonly number[];
  readonly planes: number;
  readonly height: number;
  readonly width: number;
}

function planesOf(op: string, x: TensorBase): Planes {
  checkOperands(op, x);
  checkDType(op, 'x', x, FLOATS);
  if (x.rank < 2) throw shapeError(op, `x is ${formatShape(x.shape)}, but must be [..., h, w]`);
  const lead = x.shape.slice(0, -2);
  const [height, width] = x.shape.slice(-2);
  return { lead, planes: sizeOf(lead), height, width };
}

function pool<T extends TensorBase>(op: 'avg' | 'max', x: T, options: PoolOptions): T {
  const name = `${op}_pool2d`;
  const { lead, planes, height, width } = planesOf(name, x);
  const kernel = pairOf(name, 'kernel', options.kernel, 1);
  const stride = pairOf(name, 'stride', options.stride ?? options.kernel, 1);
  const [top, bottom, left, right] = paddingOf(name, options.padding ?? 0);
  if (Math.max(top, bottom) >= kernel[0] || Math.max(left, right) >= kernel[1]) {
    throw shapeError(
      name,
      `padding [${[top, bottom, left, right]}] leaves windows of [${kernel}] without elements`,
    );
  }
  const rows = {
    size: height,
    kernel: kernel[0],
    stride: stride[0],
    dilation: 1,
    before: top,
    after: bottom,
  };
  const columns = {
    size: width,
    kernel: kernel[1],
    stride: stride[1],
    dilation: 1,
    before: left,
    after: right,
  };
  const outHeight = windowCount(name, rows);
  const outWidth = windowCount(name, columns);
  const out = x.create([...lead, outHeight, outWidth], x.dtype, name);
  out.launch(kernels.pool2d, {
    bindings: { x, out },
    params: {
      planes,
      height,
      width,
      outHeight,
      outWidth,
      kernelHeight: kernel[0],
      kernelWidth: kernel[1],
      strideHeight: stride[0],
      strideWidth: stride[1],
      padTop: top,
      padLeft: left,
    },
    constants: { op },
    grid: [outWidth, outHeight, planes],
    label: name,
    work: out.size * kernel[0] * kernel[1],
  });
  return out;
}

/** Means over windows; padding counts as zeros. Sizes: floor((h + padding - kernel) / stride) + 1. */
export const avgPool2d = <T extends TensorBase>(x: T, options: PoolOptions): T => pool('avg', x, options);

/** Maxima over windows; padding counts as -Infinity, NaN wins. Sizes as in {@link avgPool2d}. */
export const maxPool2d = <T extends TensorBase>(x: T, options: PoolOptions): T => pool('max', x, options);

function resize<T extends TensorBase>(
  op: string,
  kernel: typeof kernels.upsampleNearest,
  x: T,
  size: readonly [number, number],
  taps: number,
): T {
  const { lead, planes, height, width } = planesOf(op, x);
  const [outHeight, outWidth] = size;
  checkWhole(op, 'rows', outHeight);
  checkWhole(op, 'columns', outWidth);
  if (height * width === 0 && outHeight * outWidth > 0) {
    throw shapeError(op, `the planes of ${formatShape(x.shape)} have no elements`);
  }
  const out = x.create([...lead, outHeight, outWidth], x.dtype, op);
  out.launch(kernel, {
    bindings: { x, out },
    params: { planes, height, width, outHeight, outWidth },
    grid: [outWidth, outHeight, planes],
    label: op,
    work: out.size * taps,
  });
  return out;
}

/**
 * out[y, x] = in[floor(y h / rows), floor(x w / columns)] for `size` [rows, columns]: torch's `nearest`
 * for every size, smaller ones too.
 */
export const upsampleNearest = <T extends TensorBase>(x: T, size: readonly [number, number]): T =>
  resize('upsample_nearest', kernels.upsampleNearest, x, size, 1);

/**
 * Bicubic resize to [rows, columns] with antialiasing and aligned corners, a = -0.5, as torch's
 * `interpolate(mode="bicubic", antialias=True, align_corners=True)` computes it (Keys 1981).
 */
export const resizeBicubic = <T extends TensorBase>(x: T, size: readonly [number, number]): T =>
  resize('resize_bicubic', kernels.resizeBicubic, x, size, 16);
