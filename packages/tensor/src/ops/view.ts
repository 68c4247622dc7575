/**
 * Other shapes and orders of the same elements. A result shares the memory of `x` wherever its elements
 * are one run there (always so for reshape, squeeze and unsqueeze), and is a copy otherwise.
 */

import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import { broadcastShapes, broadcastStrides } from '../shape/broadcast.js';
import {
  checkShape,
  formatShape,
  inferShape,
  normalizeAxes,
  normalizeAxis,
  rowMajorStrides,
  type Shape,
  sameShape,
} from '../shape/shape.js';
import { type Bounds, sliceOf } from '../shape/slice.js';
import { checkOperands } from './check.js';
import { strided } from './strided.js';

/**
 * The same elements in another shape, one size of which may be -1. Shares the memory.
 * `SHAPE_MISMATCH` when the elements do not fit.
 */
export function reshape<T extends TensorBase>(x: T, shape: Shape): T {
  checkOperands('reshape', x);
  return x.alias(inferShape('reshape', x.size, shape));
}

/** Merges the axes from `start` to `end` (both included) into one. Shares the memory. */
export function flatten<T extends TensorBase>(x: T, start = 0, end = -1): T {
  const op = 'flatten';
  if (x.rank === 0) return reshape(x, [1]);
  const first = normalizeAxis(op, start, x.rank);
  const last = normalizeAxis(op, end, x.rank);
  if (first > last) throw argumentError(op, `axis ${start} comes after axis ${end}`);
  const merged = x.shape.slice(first, last + 1).reduce((size, length) => size * length, 1);
  return reshape(x, [...x.shape.slice(0, first), merged, ...x.shape.slice(last + 1)]);
}

/** Without axes of size 1: all of them, or the given ones, `SHAPE_MISMATCH` if longer. Shares the memory. */
export function squeeze<T extends TensorBase>(x: T, axes?: number | readonly number[]): T {
  const op = 'squeeze';
  checkOperands(op, x);
  const gone = normalizeAxes(op, axes, x.rank).filter((axis) => axes !== undefined || x.shape[axis] === 1);
  const long = gone.find((axis) => x.shape[axis] !== 1);
  if (long !== undefined) throw shapeError(op, `axis ${long} of ${formatShape(x.shape)} is not of size 1`);
  return x.alias(x.shape.filter((_, axis) => !gone.includes(axis)));
}

/** With an axis of size 1 put in front of axis `axis` of the result. Shares the memory. */
export function unsqueeze<T extends TensorBase>(x: T, axis: number): T {
  const op = 'unsqueeze';
  checkOperands(op, x);
  const at = normalizeAxis(op, axis, x.rank + 1);
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  checkShape(op, shape);
  return x.alias(shape);
}

/** Axis d of the result is axis `axes[d]` of x. `INVALID_ARGUMENT` unless every axis is named once. */
export function permute<T extends TensorBase>(x: T, axes: readonly number[]): T {
  const op = 'permute';
  checkOperands(op, x);
  const order = axes.map((axis) => normalizeAxis(op, axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw argumentError(op, `[${axes.join(', ')}] does not name each axis of ${formatShape(x.shape)} once`);
  }
  const strides = rowMajorStrides(x.shape);
  const pick = (list: readonly number[]) => order.map((axis) => list[axis]);
  return strided(op, x, pick(x.shape), pick(strides));
}

/** Swaps two axes; by default the last two. */
export function transpose<T extends TensorBase>(x: T, first = -2, second = -1): T {
  const op = 'transpose';
  checkOperands(op, x);
  const a = normalizeAxis(op, first, x.rank);
  const b = normalizeAxis(op, second, x.rank);
  return permute(
    x,
    x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** x repeated along its axes of size 1 to fill `shape`. `SHAPE_MISMATCH` unless x broadcasts to it. */
export function expand<T extends TensorBase>(x: T, shape: Shape): T {
  const op = 'expand';
  checkOperands(op, x);
  checkShape(op, shape);
  if (!sameShape(broadcastShapes(op, [x.shape, shape]), shape)) {
    throw shapeError(op, `${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  }
  return strided(op, x, shape, broadcastStrides(x.shape, shape));
}

/**
 * x[start:stop:step] of every axis as numpy takes it, with steps from 1. Entries may be missing at the
 * end or be null: the axis is then open at that side. A run of whole rows that begins at a multiple of
 * 256 bytes shares the memory.
 */
export function slice<T extends TensorBase>(x: T, starts: Bounds, stops: Bounds = [], steps: Bounds = []): T {
  const op = 'slice';
  checkOperands(op, x);
  const found = sliceOf(op, x.shape, starts, stops, steps);
  return strided(op, x, found.shape, found.strides, found.offset);
}

/** `length` elements from `start` along one axis; `INVALID_ARGUMENT` where they leave it. */
export function narrow<T extends TensorBase>(x: T, axis: number, start: number, length: number): T {
  const op = 'narrow';
  checkOperands(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  const size = x.shape[at];
  if (
    !Number.isInteger(start) ||
    !Number.isInteger(length) ||
    start < 0 ||
    length < 0 ||
    start + length > size
  ) {
    throw argumentError(op, `${length} elements from ${start} leave axis ${at} of ${formatShape(x.shape)}`);
  }
  const strides = rowMajorStrides(x.shape);
  const shape = x.shape.map((own, i) => (i === at ? length : own));
  return strided(op, x, shape, strides, length === 0 ? 0 : start * strides[at]);
}

/**
 * Parts of x along `axis`: a number of equal ones, or one for each of `parts` sizes. `SHAPE_MISMATCH`
 * when they do not add up to the axis.
 */
export function split<T extends TensorBase>(x: T, parts: number | readonly number[], axis = 0): T[] {
  const op = 'split';
  checkOperands(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  const size = x.shape[at];
  if (typeof parts === 'number' && (!Number.isInteger(parts) || parts < 1)) {
    throw argumentError(op, `${parts} is no number of parts`);
  }
  const sizes = typeof parts === 'number' ? new Array<number>(parts).fill(size / parts) : parts;
  const total = sizes.reduce((before, length) => before + length, 0);
  if (total !== size || !sizes.every((length) => Number.isInteger(length) && length >= 0)) {
    throw shapeError(
      op,
      `axis ${at} of ${formatShape(x.shape)} does not divide into ${JSON.stringify(parts)}`,
    );
  }
  let start = 0;
  return sizes.map((length) => {
    const part = narrow(x, at, start, length);
    start += length;
    return part;
  });
}

/** x with the order along the given axes (default: all) turned round. */
export function flip<T extends TensorBase>(x: T, axes?: number | readonly number[]): T {
  const op = 'flip';
  checkOperands(op, x);
  const turned = normalizeAxes(op, axes, x.rank);
  const own = rowMajorStrides(x.shape);
  const last = (axis: number) => (x.shape[axis] - 1) * own[axis];
  const offset = x.size === 0 ? 0 : turned.reduce((sum, axis) => sum + last(axis), 0);
  return strided(
    op,
    x,
    x.shape,
    own.map((stride, axis) => (turned.includes(axis) ? -stride : stride)),
    offset,
  );
}
