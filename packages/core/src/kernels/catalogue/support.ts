/** Which elementwise ops make sense for which dtype: one rule for the ops of tensors and every backend. */

import type { DType } from '../dtype.js';
import { ARITHMETIC_OPS, type BinaryOp, COMPARISON_OPS, LOGICAL_OPS, type UnaryOp } from './elementwise.js';

const INTEGER_UNARY: Readonly<Partial<Record<DType, readonly UnaryOp[]>>> = {
  int32: ['abs', 'neg', 'sign', 'square', 'relu', 'clamp'],
  uint32: ['square', 'clamp'],
};

/** Whether `unary` takes this op for this dtype. Floats have all but `logical_not`, which is for `bool`. */
export function unarySupports(op: UnaryOp, dtype: DType): boolean {
  if (op === 'logical_not') return dtype === 'bool';
  if (dtype === 'float32' || dtype === 'float16') return true;
  return INTEGER_UNARY[dtype]?.includes(op) ?? false;
}

const has = (ops: readonly BinaryOp[], op: BinaryOp) => ops.includes(op);

/**
 * Whether `binary` and `binary_scalar` take this op for this dtype: numbers have arithmetic (`pow` floats
 * only) and comparisons, `uint8` comparisons, `bool` logic, `eq` and `ne`.
 */
export function binarySupports(op: BinaryOp, dtype: DType): boolean {
  const isFloat = dtype === 'float32' || dtype === 'float16';
  if (has(LOGICAL_OPS, op)) return dtype === 'bool';
  if (has(COMPARISON_OPS, op)) return dtype !== 'bool' || op === 'eq' || op === 'ne';
  return op === 'pow' ? isFloat : isFloat || dtype === 'int32' || dtype === 'uint32';
}

/** The dtype that `binary` and `binary_scalar` write: that of the inputs for arithmetic, else `bool`. */
export function binaryResult(op: BinaryOp, dtype: DType): DType {
  return has(ARITHMETIC_OPS, op) ? dtype : 'bool';
}
