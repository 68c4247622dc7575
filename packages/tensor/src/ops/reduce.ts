/** Reductions over axes. */

import { type DType, kernels, type ReduceOp } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError } from '../fail.js';
import { collapse, isUnbroken } from '../shape/broadcast.js';
import {
  type Axes,
  aroundAxis,
  normalizeAxes,
  normalizeAxis,
  rightAligned,
  rowMajorStrides,
  sizeOf,
} from '../shape/shape.js';
import { checkDType, checkOperands, FLOATS, NUMBERS } from './check.js';

/** Options of a reduction. */
export interface ReduceOptions {
  /** Keep a reduced axis with size 1. Default: false, it goes away. */
  readonly keepdim?: boolean;
}

function identity(op: ReduceOp, dtype: DType): number {
  switch (op) {
    case 'sum':
      return 0;
    case 'prod':
      return 1;
    case 'mean':
      return Number.NaN;
    case 'max':
      if (dtype === 'int32') return -0x80000000;
      return dtype === 'uint32' ? 0 : Number.NEGATIVE_INFINITY;
    case 'min':
      if (dtype === 'int32') return 0x7fffffff;
      return dtype === 'uint32' ? 0xffffffff : Number.POSITIVE_INFINITY;
  }
}

function reduce<T extends TensorBase>(op: ReduceOp, x: T, axes: Axes, options: ReduceOptions): T {
  checkOperands(op, x);
  checkDType(op, 'x', x, op === 'mean' ? FLOATS : NUMBERS);
  const gone = normalizeAxes(op, axes, x.rank);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !gone.includes(axis));
  const pick = (list: readonly number[], of: readonly number[]) => of.map((axis) => list[axis]);
  const shape = options.keepdim
    ? x.shape.map((length, axis) => (gone.includes(axis) ? 1 : length))
    : pick(x.shape, kept);
  const outputs = sizeOf(shape);
  const count = sizeOf(pick(x.shape, gone));
  if (count === 0) return x.filled(identity(op, x.dtype), shape, x.dtype, op);
  const strides = rowMajorStrides(x.shape);
  const outer = collapse(pick(x.shape, kept), [pick(strides, kept)]);
  const inner = collapse(pick(x.shape, gone), [pick(strides, gone)]);
  const [keptStrides] = outer.strides;
  const [reducedStrides] = inner.strides;
  const rows =
    isUnbroken(inner, 0) &&
    (outer.shape.length === 0 || (keptStrides.length === 1 && keptStrides[0] === count));
  const out = x.create(shape, x.dtype, op);
  out.launch(kernels.reduce, {
    bindings: { x, out },
    params: {
      outputs,
      count,
      keptShape: rightAligned(outer.shape, 1),
      keptStrides: rightAligned(keptStrides, 0),
      reducedShape: rightAligned(inner.shape, 1),
      reducedStrides: rightAligned(reducedStrides, 0),
    },
    constants: { op, layout: rows ? 'rows' : 'strided' },
    grid: [outputs, 1, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/** Sum over `axes` (default: all); 0 over no elements. Floats, int32, uint32. */
export const sum = <T extends TensorBase>(x: T, axes?: Axes, options: ReduceOptions = {}): T =>
  reduce('sum', x, axes, options);
/** Arithmetic mean over `axes` (default: all); NaN over no elements. Floats. */
export const mean = <T extends TensorBase>(x: T, axes?: Axes, options: ReduceOptions = {}): T =>
  reduce('mean', x, axes, options);
/** Largest element over `axes` (default: all); NaN wins; -Infinity over no elements. Floats, int32, uint32. */
export const max = <T extends TensorBase>(x: T, axes?: Axes, options: ReduceOptions = {}): T =>
  reduce('max', x, axes, options);
/** Smallest element over `axes` (default: all); NaN wins; Infinity over no elements. Floats, int32, uint32. */
export const min = <T extends TensorBase>(x: T, axes?: Axes, options: ReduceOptions = {}): T =>
  reduce('min', x, axes, options);
/** Product over `axes` (default: all); 1 over no elements. Floats, int32, uint32. */
export const prod = <T extends TensorBase>(x: T, axes?: Axes, options: ReduceOptions = {}): T =>
  reduce('prod', x, axes, options);

function argReduce<T extends TensorBase>(
  op: 'argmax' | 'argmin',
  x: T,
  axis: number | null | undefined,
  options: ReduceOptions,
): T {
  checkOperands(op, x);
  checkDType(op, 'x', x, NUMBERS);
  const flat = axis === null || axis === undefined;
  const at = flat ? 0 : normalizeAxis(op, axis, x.rank);
  const { outer, count, inner } = flat ? { outer: 1, count: x.size, inner: 1 } : aroundAxis(x.shape, at);
  const keep = options.keepdim ? [1] : [];
  const shape = flat
    ? x.shape.flatMap(() => keep)
    : [...x.shape.slice(0, at), ...keep, ...x.shape.slice(at + 1)];
  if (count === 0 && outer * inner > 0)
    throw argumentError(op, 'there is no index in an axis without elements');
  const out = x.create(shape, 'int32', op);
  out.launch(kernels.argReduce, {
    bindings: { x, out },
    params: { outer, count, inner },
    constants: { op },
    grid: [inner, outer, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/**
 * Index (int32) of the largest element along `axis`, or in the flattened tensor without one; the first
 * of equals, the first NaN if there is one. Floats, int32, uint32. `INVALID_ARGUMENT` for an empty axis.
 */
export const argmax = <T extends TensorBase>(x: T, axis?: number | null, options: ReduceOptions = {}): T =>
  argReduce('argmax', x, axis, options);
/** Index (int32) of the smallest element; otherwise as {@link argmax}. */
export const argmin = <T extends TensorBase>(x: T, axis?: number | null, options: ReduceOptions = {}): T =>
  argReduce('argmin', x, axis, options);
