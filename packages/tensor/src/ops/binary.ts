/**
 * Functions of two elements, with numpy broadcasting. Either side may be a number, which takes the
 * dtype of the other. Two tensors must have one dtype.
 */

import {
  type ARITHMETIC_OPS,
  type BinaryOp,
  binaryResult,
  binarySupports,
  type COMPARISON_OPS,
  DTYPES,
  kernels,
  ReplayParam,
} from '@wick/core';
import type { TensorBase } from '../base.js';
import { fitsDType } from '../encode.js';
import { argumentError } from '../fail.js';
import { broadcastShapes, broadcastStrides, collapse, isUnbroken } from '../shape/broadcast.js';
import { rightAligned, sizeOf } from '../shape/shape.js';
import { checkDType, checkOperands, checkSameDType, NUMBERS } from './check.js';

/** A number, or one that every replay of a compiled plan supplies anew. */
export type Scalar = number | ReplayParam;

type ScalarOp = (typeof ARITHMETIC_OPS)[number] | (typeof COMPARISON_OPS)[number];

/** `s op x` as `x op s`, where there is such an op. */
const MIRRORED: Readonly<Partial<Record<ScalarOp, ScalarOp>>> = {
  add: 'add',
  mul: 'mul',
  min: 'min',
  max: 'max',
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
};

function checkSupported(op: BinaryOp, name: string, x: TensorBase, among = DTYPES): void {
  if (binarySupports(op, x.dtype) && among.includes(x.dtype)) return;
  const allowed = among.filter((dtype) => binarySupports(op, dtype));
  checkDType(op, name, x, allowed);
}

function withTensor<T extends TensorBase>(op: BinaryOp, a: T, b: T): T {
  checkOperands(op, a, b);
  checkSupported(op, 'a', a);
  checkSameDType(op, a, b);
  const shape = broadcastShapes(op, [a.shape, b.shape]);
  const out = a.create(shape, binaryResult(op, a.dtype), op);
  const nest = collapse(shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
  const contiguous = isUnbroken(nest, 0) && isUnbroken(nest, 1);
  const [aStrides, bStrides] = nest.strides;
  const size = sizeOf(shape);
  out.launch(kernels.binary, {
    bindings: { a, b, out },
    params: {
      size,
      shape: rightAligned(nest.shape, 1),
      aStrides: rightAligned(aStrides, 0),
      bStrides: rightAligned(bStrides, 0),
    },
    constants: { op, layout: contiguous ? 'contiguous' : 'broadcast' },
    grid: [size, 1, 1],
    label: op,
  });
  return out;
}

function withScalar<T extends TensorBase>(op: ScalarOp, x: T, value: Scalar, reversed: boolean): T {
  checkOperands(op, x);
  checkSupported(op, 'x', x, NUMBERS);
  const now = value instanceof ReplayParam ? value.value : value;
  if (!fitsDType(now, x.dtype)) throw argumentError(op, `the scalar ${now} is no ${x.dtype}`);
  const integer = x.dtype === 'int32' || x.dtype === 'uint32';
  // The field is i32; kernels read a uint32 from its bits.
  const bits = value instanceof ReplayParam ? value : value | 0;
  const out = x.create(x.shape, binaryResult(op, x.dtype), op);
  out.launch(kernels.binaryScalar, {
    bindings: { x, out },
    params: { size: x.size, scalar: integer ? 0 : value, integer: integer ? bits : 0 },
    constants: { op, reversed },
    grid: [x.size, 1, 1],
    label: op,
  });
  return out;
}

function binary<T extends TensorBase>(op: ScalarOp, a: T | Scalar, b: T | Scalar): T {
  const aIsScalar = typeof a === 'number' || a instanceof ReplayParam;
  const bIsScalar = typeof b === 'number' || b instanceof ReplayParam;
  if (aIsScalar && bIsScalar) throw argumentError(op, 'one of the two operands must be a tensor');
  if (bIsScalar && !aIsScalar) return withScalar(op, a, b, false);
  if (aIsScalar && !bIsScalar) {
    const mirrored = MIRRORED[op];
    return mirrored === undefined ? withScalar(op, b, a, true) : withScalar(mirrored, b, a, false);
  }
  return withTensor(op, a as T, b as T);
}

/** a + b. Floats, int32, uint32. */
export const add = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('add', a, b);
/** a - b. Floats, int32, uint32. */
export const sub = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('sub', a, b);
/** a * b. Floats, int32, uint32. */
export const mul = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('mul', a, b);
/** a / b; integers are cut towards zero, and x / 0 is 0 for them. Floats, int32, uint32. */
export const div = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('div', a, b);
/** a to the power b. Floats. */
export const pow = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('pow', a, b);
/** The smaller of a and b; NaN wins. Floats, int32, uint32. */
export const minimum = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('min', a, b);
/** The larger of a and b; NaN wins. Floats, int32, uint32. */
export const maximum = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('max', a, b);
/** a = b as bool; false with NaN. Every dtype; a number needs floats, int32 or uint32. */
export const eq = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('eq', a, b);
/** a != b as bool; true with NaN. Every dtype; a number needs floats, int32 or uint32. */
export const ne = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('ne', a, b);
/** a < b as bool; false with NaN. Every dtype but bool; a number needs floats, int32 or uint32. */
export const lt = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('lt', a, b);
/** a <= b as bool; false with NaN. Every dtype but bool; a number needs floats, int32 or uint32. */
export const le = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('le', a, b);
/** a > b as bool; false with NaN. Every dtype but bool; a number needs floats, int32 or uint32. */
export const gt = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('gt', a, b);
/** a >= b as bool; false with NaN. Every dtype but bool; a number needs floats, int32 or uint32. */
export const ge = <T extends TensorBase>(a: T | Scalar, b: T | Scalar): T => binary('ge', a, b);

/** Both are true. bool. */
export const logicalAnd = <T extends TensorBase>(a: T, b: T): T => withTensor('and', a, b);
/** At least one is true. bool. */
export const logicalOr = <T extends TensorBase>(a: T, b: T): T => withTensor('or', a, b);
/** Exactly one is true. bool. */
export const logicalXor = <T extends TensorBase>(a: T, b: T): T => withTensor('xor', a, b);
