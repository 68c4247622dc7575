/** Functions of one and two elements in MSL, as the reference computes them. */

import {
  ARITHMETIC_OPS,
  BINARY_OPS,
  type BinaryOp,
  COMPARISON_OPS,
  type DType,
  GATES,
  LOGICAL_OPS,
  UNARY_OPS,
  type UnaryOp,
  unarySupports,
} from '@wick/core';
import { VALUE } from '../msl/types.js';

const FLOAT_UNARY: Readonly<Record<Exclude<UnaryOp, 'logical_not'>, string>> = {
  abs: 'as_type<float>(as_type<uint>(x) & 0x7fffffffu)',
  neg: 'as_type<float>(as_type<uint>(x) ^ 0x80000000u)',
  sign: 'sign_of(x)',
  floor: 'floor(x)',
  ceil: 'ceil(x)',
  round: 'rint(x)',
  exp: 'exp(x)',
  log: 'log(x)',
  sqrt: 'sqrt(x)',
  rsqrt: 'rsqrt(x)',
  reciprocal: '1.0f / x',
  square: 'x * x',
  sin: 'sin(x)',
  cos: 'cos(x)',
  tanh: 'tanh_of(x)',
  erf: 'erf_of(x)',
  sigmoid: 'sigmoid(x)',
  silu: 'silu(x)',
  gelu_erf: 'gelu_erf(x)',
  gelu_tanh: 'gelu_tanh(x)',
  quick_gelu: 'quick_gelu(x)',
  softplus: 'softplus(x)',
  relu: 'max_of(x, 0.0f)',
  leaky_relu: 'x > 0.0f ? x : alpha * x',
  clamp: 'min_of(max_of(x, alpha), beta)',
};

const INT_UNARY: Readonly<Partial<Record<UnaryOp, string>>> = {
  abs: 'x < 0 ? int(0u - uint(x)) : x',
  neg: 'int(0u - uint(x))',
  sign: 'int(x > 0) - int(x < 0)',
  square: 'mul_of(x, x)',
  relu: 'max_of(x, 0)',
  clamp: 'min_of(max_of(x, to_int(alpha)), to_int(beta))',
};

const UINT_UNARY: Readonly<Partial<Record<UnaryOp, string>>> = {
  square: 'x * x',
  clamp: 'min_of(max_of(x, to_uint(alpha)), to_uint(beta))',
  logical_not: 'x == 0u ? 1u : 0u',
};

const UNARY = { float: FLOAT_UNARY, int: INT_UNARY, uint: UINT_UNARY } as const;

/** Number of an op in the texts. */
export const unaryNumber = (op: UnaryOp) => UNARY_OPS.indexOf(op);
export const binaryNumber = (op: BinaryOp) => BINARY_OPS.indexOf(op);

const cases = (entries: readonly (readonly [number, string])[]) =>
  entries.map(([number, value]) => `    case ${number}: return ${value};`).join('\n');

/** unary_of(op, x, alpha, beta): every op that the dtype has. */
export function unaryText(dtype: DType): string {
  const type = VALUE[dtype];
  const table: Readonly<Partial<Record<UnaryOp, string>>> = UNARY[type];
  const entries = UNARY_OPS.filter((op) => unarySupports(op, dtype)).flatMap((op) => {
    const value = table[op];
    return value === undefined ? [] : [[unaryNumber(op), value] as const];
  });
  return `inline ${type} unary_of(uint op, ${type} x, float alpha, float beta) {
  switch (op) {
${cases(entries)}
    default: return x;
  }
}`;
}

const FLOAT_ARITHMETIC = { add: 'a + b', sub: 'a - b', mul: 'a * b', div: 'a / b', pow: 'power(a, b)' };
const UINT_ARITHMETIC = {
  add: 'a + b',
  sub: 'a - b',
  mul: 'a * b',
  div: 'b == 0u ? 0u : a / b',
};
const INT_ARITHMETIC = {
  add: 'add_of(a, b)',
  sub: 'int(uint(a) - uint(b))',
  mul: 'mul_of(a, b)',
  div: 'b == 0 ? 0 : b == -1 ? int(0u - uint(a)) : a / b',
};
const ARITHMETIC = { float: FLOAT_ARITHMETIC, int: INT_ARITHMETIC, uint: UINT_ARITHMETIC } as const;

/** arithmetic_of(op, a, b). */
export function arithmeticText(dtype: DType): string {
  const type = VALUE[dtype];
  const table: Readonly<Partial<Record<BinaryOp, string>>> = {
    ...ARITHMETIC[type],
    min: 'min_of(a, b)',
    max: 'max_of(a, b)',
  };
  const entries = ARITHMETIC_OPS.flatMap((op) => {
    const value = table[op];
    return value === undefined ? [] : [[binaryNumber(op), value] as const];
  });
  return `inline ${type} arithmetic_of(uint op, ${type} a, ${type} b) {
  switch (op) {
${cases(entries)}
    default: return a;
  }
}`;
}

const TRUTHS: Readonly<Partial<Record<BinaryOp, string>>> = {
  eq: 'a == b',
  ne: 'a != b',
  lt: 'a < b',
  le: 'a <= b',
  gt: 'a > b',
  ge: 'a >= b',
  and: 'a != 0 && b != 0',
  or: 'a != 0 || b != 0',
  xor: '(a != 0) != (b != 0)',
};

/** truth_of(op, a, b): comparisons, and logic of bool. One with a NaN is false, `ne` true. */
export function truthText(dtype: DType): string {
  const type = VALUE[dtype];
  const entries = [...COMPARISON_OPS, ...LOGICAL_OPS].flatMap((op) => {
    const value = TRUTHS[op];
    return value === undefined ? [] : [[binaryNumber(op), value] as const];
  });
  return `inline bool truth_of(uint op, ${type} a, ${type} b) {
  switch (op) {
${cases(entries)}
    default: return false;
  }
}`;
}

/** activation_of(gate, x), the gates by their place in `GATES`. */
export const ACTIVATIONS = `inline float activation_of(uint gate, float x) {
  switch (gate) {
${cases(GATES.map((gate, number) => [number, FLOAT_UNARY[gate]] as const))}
    default: return x;
  }
}`;
