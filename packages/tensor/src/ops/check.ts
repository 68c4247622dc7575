/** What every operation asks of its operands before it records anything. */

import type { DType } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import { formatShape, type Shape, sameShape } from '../shape/shape.js';

export const FLOATS: readonly DType[] = ['float32', 'float16'];
export const NUMBERS: readonly DType[] = ['float32', 'float16', 'int32', 'uint32'];

/**
 * All operands are tensors of one device and none is disposed: `INVALID_ARGUMENT`, `BUFFER_FREED`. Left-out
 * ones are passed over.
 */
export function checkOperands(op: string, first: TensorBase, ...others: (TensorBase | undefined)[]): void {
  first.assertAlive(op);
  for (const other of others) {
    if (other === undefined) continue;
    if (typeof other?.assertAlive !== 'function') throw argumentError(op, `${other} is no tensor`);
    other.assertAlive(op);
    if (other.device !== first.device) throw argumentError(op, 'its tensors live on different devices');
  }
}

/** `SHAPE_MISMATCH` with the cast that would help, for a dtype outside of `allowed`. */
export function checkDType(op: string, name: string, x: TensorBase, allowed: readonly DType[]): void {
  if (allowed.includes(x.dtype)) return;
  throw shapeError(
    op,
    `${name} is ${x.dtype} ${formatShape(x.shape)}, but must be ${allowed.join(' or ')}; cast it with ${name}.cast('${allowed[0]}')`,
  );
}

/** Both have one dtype. */
export function checkSameDType(op: string, a: TensorBase, b: TensorBase): void {
  if (a.dtype === b.dtype) return;
  throw shapeError(
    op,
    `${a.dtype} ${formatShape(a.shape)} and ${b.dtype} ${formatShape(b.shape)} have different dtypes; cast one, for example b.cast('${a.dtype}')`,
  );
}

/** A left-out tensor fits; one that is given has exactly this shape and a floating dtype. */
export function checkVector(op: string, name: string, x: TensorBase | undefined, shape: Shape): void {
  if (x === undefined) return;
  checkDType(op, name, x, FLOATS);
  if (!sameShape(x.shape, shape)) {
    throw shapeError(op, `${name} is ${formatShape(x.shape)}, but must be ${formatShape(shape)}`);
  }
}

/** The tensor has `rank` axes; `layout` names them in the message. */
export function checkRank(op: string, name: string, x: TensorBase, rank: number, layout: string): void {
  if (x.rank === rank) return;
  throw shapeError(op, `${name} is ${formatShape(x.shape)}, but must be ${layout}`);
}

export function checkPositive(op: string, name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw argumentError(op, `${name} is ${value}, not a number above 0`);
  }
}
