/**
 * The functions of one and two elements. Float arguments and results are float64 and are rounded where
 * they are stored. Integer results may leave 32 bits: the typed array that takes them wraps.
 */

import { type BinaryOp, type DType, type UnaryOp, WickError } from '@wick/core';
import { erf, erfc } from '../erf.js';

/** `alpha` and `beta` are the parameters of `leaky_relu` and `clamp`. */
export type UnaryFunction = (x: number, alpha: number, beta: number) => number;
export type BinaryFunction = (a: number, b: number) => number;

export const plus: BinaryFunction = (a, b) => a + b;

/** Adds 32-bit integers so that a long sum stays exact modulo 2^32, in any order. */
export const addWrapped: BinaryFunction = (a, b) => (a + b) | 0;

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** To the nearest integer, halves to the even one; keeps -0. */
function roundHalfEven(x: number): number {
  const up = Math.round(x); // halves towards +Inf
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

const FLOAT_UNARY: Readonly<Record<Exclude<UnaryOp, 'logical_not'>, UnaryFunction>> = {
  abs: (x) => Math.abs(x),
  neg: (x) => -x,
  sign: (x) => Math.sign(x),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
  round: roundHalfEven,
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  tanh: (x) => Math.tanh(x),
  erf,
  sigmoid,
  silu: (x) => x * sigmoid(x),
  gelu_erf: (x) => x * 0.5 * erfc(-x * SQRT_HALF), // 1 + erf(u) is erfc(-u)
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))),
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x, alpha) => (x > 0 ? x : alpha * x),
  clamp: (x, alpha, beta) => Math.min(Math.max(x, alpha), beta),
};

const INTEGER_UNARY: Readonly<Partial<Record<UnaryOp, UnaryFunction>>> = {
  abs: (x) => Math.abs(x),
  neg: (x) => -x,
  sign: (x) => Math.sign(x),
  square: (x) => Math.imul(x, x),
  relu: (x) => Math.max(x, 0),
  clamp: (x, alpha, beta) => Math.min(Math.max(x, alpha), beta),
};

/** The function of a unary op. Throws `KERNEL_UNSUPPORTED` where the dtype has no such op. */
export function unaryFunction(op: UnaryOp, dtype: DType): UnaryFunction {
  if (op === 'logical_not') return (x) => (x === 0 ? 1 : 0);
  const apply = isFloat(dtype) ? FLOAT_UNARY[op] : INTEGER_UNARY[op];
  if (apply === undefined) throw new WickError('KERNEL_UNSUPPORTED', `${op} is not defined for ${dtype}`);
  return apply;
}

/** IEEE 754 pow: 1 to any power is 1, and -1 to an infinite power too, where ECMAScript says NaN. */
function pow(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && Math.abs(b) === Infinity) return 1;
  return a ** b;
}

/** Math.min and Math.max give NaN where one argument is NaN; comparisons with NaN are false, `ne` true. */
const FLOAT_BINARY: Readonly<Record<BinaryOp, BinaryFunction>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a !== b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
  and: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  or: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
  xor: (a, b) => ((a !== 0) !== (b !== 0) ? 1 : 0),
};

const INTEGER_BINARY: Readonly<Record<BinaryOp, BinaryFunction>> = {
  ...FLOAT_BINARY,
  mul: (a, b) => Math.imul(a, b),
  div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
};

/** The function of a binary op. Integer division cuts towards zero; x / 0 is 0. */
export function binaryFunction(op: BinaryOp, dtype: DType): BinaryFunction {
  return isFloat(dtype) ? FLOAT_BINARY[op] : INTEGER_BINARY[op];
}

export function isFloat(dtype: DType | undefined): boolean {
  return dtype === 'float32' || dtype === 'float16';
}

/** Least and greatest value of a dtype. */
export const RANGES: Readonly<Record<DType, readonly [least: number, greatest: number]>> = {
  float32: [-Infinity, Infinity],
  float16: [-Infinity, Infinity],
  int32: [-0x80000000, 0x7fffffff],
  uint32: [0, 0xffffffff],
  uint8: [0, 0xff],
  bool: [0, 1],
};

/**
 * How a value of dtype `from` is written as `to`. A float becomes an integer by cutting towards zero and
 * saturating, NaN becomes 0; an integer that is too wide wraps; `bool` is x != 0.
 */
export function conversion(from: DType, to: DType): (x: number) => number {
  if (to === 'bool') return (x) => (x !== 0 ? 1 : 0);
  if (isFloat(to) || !isFloat(from)) return (x) => x; // the typed array that takes it rounds or wraps
  const [least, greatest] = RANGES[to];
  return (x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), least), greatest));
}
