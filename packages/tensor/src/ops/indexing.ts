/**
 * Reading and writing where an index tensor (int32) says. An index outside of the axis is clamped where
 * it reads and dropped where it writes, on every backend alike.
 */

import { kernels, ReplayParam, WickError } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import {
  aroundAxis,
  formatShape,
  MAX_RANK,
  normalizeAxis,
  rightAligned,
  rowMajorStrides,
  sizeOf,
} from '../shape/shape.js';
import { checkWhole } from '../shape/window.js';

import { checkDType, checkOperands, checkRank, checkSameDType, NUMBERS } from './check.js';

/** Where rows are written: a number, or one that every replay of a compiled plan supplies anew. */
export type RowPosition = number | ReplayParam;

/** The index has as many axes as x, and is nowhere longer than x but along `axis`. */
function checkIndex(op: string, x: TensorBase, axis: number, index: TensorBase): void {
  checkDType(op, 'index', index, ['int32']);
  const fits = index.rank === x.rank && index.shape.every((length, i) => i === axis || length <= x.shape[i]);
  if (!fits) {
    throw shapeError(
      op,
      `the index ${formatShape(index.shape)} does not fit ${formatShape(x.shape)} along axis ${axis}`,
    );
  }
}

function checkNotEmpty(op: string, count: number, index: TensorBase): void {
  if (count === 0 && index.size > 0) throw argumentError(op, 'an axis without elements cannot be indexed');
}

/**
 * out[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on; the result has the shape of the index
 * and the dtype of x, any.
 */
export function gather<T extends TensorBase>(x: T, axis: number, index: T): T {
  const op = 'gather';
  checkOperands(op, x, index);
  const at = normalizeAxis(op, axis, x.rank);
  checkIndex(op, x, at, index);
  const axisSize = x.shape[at];
  checkNotEmpty(op, axisSize, index);
  const out = x.create(index.shape, x.dtype, op);
  out.launch(kernels.gather, {
    bindings: { x, index, out },
    params: {
      size: out.size,
      axis: at + MAX_RANK - x.rank,
      axisSize,
      shape: rightAligned(index.shape, 1),
      xStrides: rightAligned(rowMajorStrides(x.shape), 0),
    },
    grid: [out.size, 1, 1],
    label: op,
  });
  return out;
}

function rows<T extends TensorBase>(op: string, x: T, axis: number, index: T, shape: readonly number[]): T {
  const { outer, count, inner } = aroundAxis(x.shape, axis);
  checkNotEmpty(op, count, index);
  const out = x.create(shape, x.dtype, op);
  out.launch(kernels.gatherRows, {
    bindings: { x, index, out },
    params: { outer, rows: count, inner, count: index.size },
    grid: [inner, index.size, outer],
    label: op,
  });
  return out;
}

/** Slices of x along `axis`, in the order of index [k]; any dtype. */
export function indexSelect<T extends TensorBase>(x: T, axis: number, index: T): T {
  const op = 'index_select';
  checkOperands(op, x, index);
  const at = normalizeAxis(op, axis, x.rank);
  checkRank(op, 'index', index, 1, '[k]');
  checkDType(op, 'index', index, ['int32']);
  return rows(op, x, at, index, [...x.shape.slice(0, at), index.size, ...x.shape.slice(at + 1)]);
}

/** Rows of weight [rows, width]: the result has the shape of the index, followed by width. */
export function lookup<T extends TensorBase>(weight: T, index: T): T {
  const op = 'embedding';
  checkOperands(op, weight, index);
  checkRank(op, 'weight', weight, 2, '[rows, width]');
  checkDType(op, 'index', index, ['int32']);
  return rows(op, weight, 0, index, [...index.shape, weight.shape[1]]);
}

/**
 * A copy of x with out[index[i][j]][j] += source[i][j] for axis 0, and so on; indices may repeat, and
 * their sources are added in ascending order. Floats, int32, uint32. source has the shape of the index.
 */
export function scatterAdd<T extends TensorBase>(x: T, axis: number, index: T, source: T): T {
  const op = 'scatter_add';
  checkOperands(op, x, index, source);
  checkDType(op, 'x', x, NUMBERS);
  checkSameDType(op, x, source);
  const at = normalizeAxis(op, axis, x.rank);
  checkIndex(op, x, at, index);
  if (formatShape(source.shape) !== formatShape(index.shape)) {
    throw shapeError(op, `source is ${formatShape(source.shape)}, but index is ${formatShape(index.shape)}`);
  }
  if (index.size === 0) return x.alias(x.shape);
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.scatterAdd, {
    bindings: { x, index, source, out },
    params: {
      size: x.size,
      axis: at + MAX_RANK - x.rank,
      shape: rightAligned(x.shape, 1),
      indexShape: rightAligned(index.shape, 1),
    },
    grid: [x.size, 1, 1],
    label: op,
    // Every output looks at all sources of its line.
    work: x.size * index.shape[at],
  });
  return out;
}

/**
 * Writes `source` into `target` in place, from `position` on along `axis` (default: the last but one);
 * the rest of target stays. This is how a key-value cache [batch, heads, capacity, size] grows. Every
 * tensor that shares the memory of target sees it. Equal dtypes, any; the sizes of the other axes are
 * equal. `OUT_OF_RANGE` when the rows leave the axis; rows that a replay moves out of it are dropped.
 */
export function writeRows<T extends TensorBase>(
  target: T,
  source: T,
  position: RowPosition,
  axis = -2,
): void {
  const op = 'write_rows';
  checkOperands(op, target, source);
  checkSameDType(op, target, source);
  const at = normalizeAxis(op, axis, target.rank);
  if (
    source.rank !== target.rank ||
    source.shape.some((length, i) => i !== at && length !== target.shape[i])
  ) {
    throw shapeError(
      op,
      `${formatShape(source.shape)} does not fit ${formatShape(target.shape)} along axis ${at}`,
    );
  }
  const now = position instanceof ReplayParam ? position.value : position;
  checkWhole(op, 'position', now);
  const { outer, count: capacity, inner: width } = aroundAxis(target.shape, at);
  const count = source.shape[at];
  if (now + count > capacity) {
    throw new WickError(
      'OUT_OF_RANGE',
      `${op}: ${count} rows from ${now} leave the ${capacity} rows of the target`,
      {
        label: op,
      },
    );
  }
  if (sizeOf(source.shape) === 0) return;
  target.device.dispatch(kernels.writeRows, {
    bindings: { source, target },
    params: { outer, capacity, width, rows: count, position },
    grid: [width, count, outer],
    label: op,
  });
}
