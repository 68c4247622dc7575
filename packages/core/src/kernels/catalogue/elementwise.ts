/**
 * Elementwise kernels. Shapes have at most eight axes, right-aligned with leading ones; strides count
 * elements, and are 0 along an axis that is broadcast.
 */

import { catalogueKernel } from '../contract.js';

/** Functions of one element; `alpha` and `beta` are parameters of some of them. */
export const UNARY_OPS = [
  'abs',
  'neg',
  'sign',
  'floor',
  'ceil',
  'round', // half to even
  'exp',
  'log',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'square',
  'sin',
  'cos',
  'tanh',
  'erf',
  'sigmoid',
  'silu', // x * sigmoid(x)
  'gelu_erf', // x * 0.5 * (1 + erf(x / sqrt 2))
  'gelu_tanh', // 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  'quick_gelu', // x * sigmoid(1.702 x)
  'softplus', // log(1 + exp(x))
  'relu',
  'leaky_relu', // x if x > 0 else alpha * x
  'clamp', // to [alpha, beta]; NaN stays NaN; integers cut the bounds towards zero, as `cast` does
  'logical_not',
] as const;
export type UnaryOp = (typeof UNARY_OPS)[number];

/**
 * Functions of two elements whose result has the inputs' dtype. Integers wrap at 32 bits; their division
 * cuts towards zero, and x / 0 is 0. A NaN wins in min and max.
 */
export const ARITHMETIC_OPS = ['add', 'sub', 'mul', 'div', 'pow', 'min', 'max'] as const;
/** Functions of two elements whose result is `bool`; a comparison with NaN is false, `ne` true. */
export const COMPARISON_OPS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
/** Functions of two `bool` elements. */
export const LOGICAL_OPS = ['and', 'or', 'xor'] as const;
export const BINARY_OPS = [...ARITHMETIC_OPS, ...COMPARISON_OPS, ...LOGICAL_OPS] as const;
export type BinaryOp = (typeof BINARY_OPS)[number];

/** Activations of a gated pair. */
export const GATES = ['sigmoid', 'silu', 'gelu_erf', 'gelu_tanh'] as const;
export type Gate = (typeof GATES)[number];

const NUMBERS = ['float32', 'float16', 'int32', 'uint32'] as const;
const ANY = ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'] as const;

/** out[i] = op(x[i]); x and out have one dtype. Grid: [size, 1, 1]. */
export const unary = catalogueKernel({
  name: 'unary',
  bindings: { x: { access: 'read', dtypes: ANY }, out: { access: 'write', dtypes: ANY } },
  params: { size: 'u32', alpha: 'f32', beta: 'f32' },
  constants: { op: UNARY_OPS },
});

/**
 * out[i] = a[...] op b[...]; a and b have one dtype, comparisons and logic write bool. Layout `contiguous`:
 * both inputs have the shape of out, strides are not read. Grid: [size, 1, 1].
 */
export const binary = catalogueKernel({
  name: 'binary',
  bindings: {
    a: { access: 'read', dtypes: ANY },
    b: { access: 'read', dtypes: ANY },
    out: { access: 'write', dtypes: ANY },
  },
  params: { size: 'u32', shape: 'u32x8', aStrides: 'u32x8', bStrides: 'u32x8' },
  constants: { op: BINARY_OPS, layout: ['contiguous', 'broadcast'] },
});

/**
 * out[i] = x[i] op scalar, or scalar op x[i] where `reversed`. Integer dtypes use `integer` in place of
 * `scalar`, modulo 2^32 where x is uint32. Grid: [size, 1, 1].
 */
export const binaryScalar = catalogueKernel({
  name: 'binary_scalar',
  bindings: { x: { access: 'read', dtypes: NUMBERS }, out: { access: 'write', dtypes: ANY } },
  params: { size: 'u32', scalar: 'f32', integer: 'i32' },
  constants: { op: [...ARITHMETIC_OPS, ...COMPARISON_OPS], reversed: [false, true] },
});

/** out[i] = condition[...] != 0 ? a[...] : b[...], all three broadcast. Grid: [size, 1, 1]. */
export const select = catalogueKernel({
  name: 'select',
  bindings: {
    condition: { access: 'read', dtypes: ['bool', 'uint8'] },
    a: { access: 'read', dtypes: ANY },
    b: { access: 'read', dtypes: ANY },
    out: { access: 'write', dtypes: ANY },
  },
  params: {
    size: 'u32',
    shape: 'u32x8',
    conditionStrides: 'u32x8',
    aStrides: 'u32x8',
    bStrides: 'u32x8',
  },
});

/**
 * Converts the dtype: float to integer cuts towards zero and saturates (NaN gives 0), an integer that is too
 * wide wraps, float32 to float16 rounds to nearest even, a number to bool is x != 0. Grid: [size, 1, 1].
 */
export const cast = catalogueKernel({
  name: 'cast',
  bindings: { x: { access: 'read', dtypes: ANY }, out: { access: 'write', dtypes: ANY } },
  params: { size: 'u32' },
});

/**
 * out[r, c] = up[r * upRow + upOffset + c] * activation(gate[r * gateRow + gateOffset + c]); both may be
 * parts of one tensor. Grid: [width, rows, 1].
 */
export const gated = catalogueKernel({
  name: 'gated',
  bindings: {
    gate: { access: 'read', dtypes: ['float32', 'float16'] },
    up: { access: 'read', dtypes: ['float32', 'float16'] },
    out: { access: 'write', dtypes: ['float32', 'float16'] },
  },
  params: {
    rows: 'u32',
    width: 'u32',
    gateRow: 'u32',
    gateOffset: 'u32',
    upRow: 'u32',
    upOffset: 'u32',
  },
  constants: { activation: GATES },
});
