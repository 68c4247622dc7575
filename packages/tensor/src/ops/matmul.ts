/** Matrix products. The operands may mix float32 and float16; the result has the dtype of the first. */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { broadcastShapes, broadcastStrides, collapse } from '../shape/broadcast.js';
import { formatShape, rightAligned, type Shape, sizeOf } from '../shape/shape.js';
import { checkDType, checkOperands, checkVector, FLOATS } from './check.js';
import { cast } from './select.js';
import { expand } from './view.js';

/** Options of `matmul`. */
export interface MatmulOptions<T> {
  /** a is stored [..., k, m]. Default: false, [..., m, k]. */
  readonly transposeA?: boolean;
  /** b is stored [..., n, k]. Default: false, [..., k, n]. */
  readonly transposeB?: boolean;
  /** [n], added to every row. */
  readonly bias?: T | undefined;
}

/** What one product looks like once its operands are read as matrices. */
interface Product {
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The result, where an operand was a vector without its axis. */
  readonly shape: Shape;
}

function productOf(
  op: string,
  a: TensorBase,
  b: TensorBase,
  transposeA: boolean,
  transposeB: boolean,
): Product {
  const left = a.rank === 1 ? (transposeA ? [...a.shape, 1] : [1, ...a.shape]) : a.shape;
  const right = b.rank === 1 ? (transposeB ? [1, ...b.shape] : [...b.shape, 1]) : b.shape;
  const [rows, columns] = left.slice(-2);
  const [bRows, bColumns] = right.slice(-2);
  const [m, k] = transposeA ? [columns, rows] : [rows, columns];
  const [other, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (a.rank === 0 || b.rank === 0 || k !== other) {
    const flag = (transposed: boolean) => (transposed ? ' transposed' : '');
    throw shapeError(
      op,
      `${formatShape(a.shape)}${flag(transposeA)} and ${formatShape(b.shape)}${flag(transposeB)} have no product: ${k} and ${other} differ`,
    );
  }
  const batch = broadcastShapes(op, [left.slice(0, -2), right.slice(0, -2)]);
  const shape = [...batch, ...(a.rank === 1 ? [] : [m]), ...(b.rank === 1 ? [] : [n])];
  return { batch, m, n, k, shape };
}

/** A sum over no elements: the bias alone. */
function withoutTerms<T extends TensorBase>(
  op: string,
  a: T,
  { batch, m, n, shape }: Product,
  bias: T | undefined,
): T {
  if (bias === undefined) return a.filled(0, shape, a.dtype, op);
  const rows = expand(bias, [...batch, m, n]);
  const converted = cast(rows, a.dtype);
  const result = converted.alias(shape);
  rows.dispose();
  converted.dispose();
  return result;
}

/** The strides of an operand's matrices along the batch axes. */
function batchStrides(shape: Shape, batch: Shape): number[] {
  const own = shape.slice(0, -2);
  const matrix = sizeOf(shape.slice(-2));
  return broadcastStrides(own, batch).map((stride) => stride * matrix);
}

/**
 * The product over the last two axes; leading axes broadcast as in numpy, and so do vectors: [k] as a is
 * a row, as b a column, and their axis is not in the result. Floats. `SHAPE_MISMATCH` when the inner
 * sizes differ or the batches do not broadcast.
 */
export function matmul<T extends TensorBase>(a: T, b: T, options: MatmulOptions<T> = {}): T {
  return product('matmul', a, b, options);
}

/**
 * x [..., in] times the transpose of weight [out, in], plus bias [out]: the dense layer as torch stores
 * it. Floats, which x, weight and bias may mix; the result has the dtype of x.
 */
export function dense<T extends TensorBase>(x: T, weight: T, bias?: T): T {
  if (weight.rank !== 2 || x.rank === 0) {
    throw shapeError(
      'linear',
      `x is ${formatShape(x.shape)} and weight ${formatShape(weight.shape)}, not [..., in] and [out, in]`,
    );
  }
  return product('linear', x, weight, { transposeB: true, bias });
}

function product<T extends TensorBase>(op: string, a: T, b: T, options: MatmulOptions<T>): T {
  const { transposeA = false, transposeB = false, bias } = options;
  checkOperands(op, a, b, bias);
  checkDType(op, 'a', a, FLOATS);
  checkDType(op, 'b', b, FLOATS);
  const found = productOf(op, a, b, transposeA, transposeB);
  const { n, k, shape } = found;
  checkVector(op, 'bias', bias, [n]);
  if (k === 0) return withoutTerms(op, a, found, bias);
  // One matrix for all rows of a: the batch is more rows.
  const folds = !transposeA && b.rank <= 2 && a.rank > 1;
  const m = folds ? sizeOf(a.shape.slice(0, -1)) : found.m;
  const batch = folds ? [] : found.batch;
  const nest = collapse(batch, [batchStrides(a.shape, batch), batchStrides(b.shape, batch)]);
  if (nest.shape.length > 4) return throughExpanded(op, a, b, options, found.batch);
  const [aBatchStrides, bBatchStrides] = nest.strides;
  const count = sizeOf(batch);
  const out = a.create(shape, a.dtype, op);
  out.launch(kernels.matmul, {
    bindings: { a, b, bias, out },
    params: {
      m,
      n,
      k,
      batch: count,
      batchShape: rightAligned(nest.shape, 1, 4),
      aBatchStrides: rightAligned(aBatchStrides, 0, 4),
      bBatchStrides: rightAligned(bBatchStrides, 0, 4),
    },
    constants: { transposeA, transposeB },
    grid: [n, m, count],
    label: op,
    work: m * n * k * count,
  });
  return out;
}

/** More than four batch axes that repeat in turn: no parameter holds them, so the repeats are written out. */
function throughExpanded<T extends TensorBase>(
  op: string,
  a: T,
  b: T,
  options: MatmulOptions<T>,
  batch: Shape,
): T {
  const left = expand(a, [...batch, ...a.shape.slice(-2)]);
  const right = expand(b, [...batch, ...b.shape.slice(-2)]);
  const out = product(op, left, right, options);
  left.dispose();
  right.dispose();
  return out;
}
