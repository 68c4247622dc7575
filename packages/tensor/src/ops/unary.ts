/** Functions of one element. The result has the shape and the dtype of `x`. */

import { DTYPES, kernels, type UnaryOp, unarySupports } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError } from '../fail.js';
import { maximum, minimum } from './binary.js';
import { checkDType, checkOperands } from './check.js';

function unary<T extends TensorBase>(op: UnaryOp, x: T, alpha = 0, beta = 0): T {
  checkOperands(op, x);
  if (!unarySupports(op, x.dtype)) {
    const allowed = DTYPES.filter((dtype) => unarySupports(op, dtype));
    checkDType(op, 'x', x, allowed);
  }
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.unary, {
    bindings: { x, out },
    params: { size: x.size, alpha, beta },
    constants: { op },
    grid: [x.size, 1, 1],
    label: op,
  });
  return out;
}

/** |x|. Floats, int32. */
export const abs = <T extends TensorBase>(x: T): T => unary('abs', x);
/** -x. Floats, int32. */
export const neg = <T extends TensorBase>(x: T): T => unary('neg', x);
/** -1, 0 or 1. Floats, int32. */
export const sign = <T extends TensorBase>(x: T): T => unary('sign', x);
/** max(x, 0). Floats, int32. */
export const relu = <T extends TensorBase>(x: T): T => unary('relu', x);
/** Largest integer not above x. Floats. */
export const floor = <T extends TensorBase>(x: T): T => unary('floor', x);
/** Smallest integer not below x. Floats. */
export const ceil = <T extends TensorBase>(x: T): T => unary('ceil', x);
/** Nearest integer, half to even. Floats. */
export const round = <T extends TensorBase>(x: T): T => unary('round', x);
/** e^x. Floats. */
export const exp = <T extends TensorBase>(x: T): T => unary('exp', x);
/** Natural logarithm. Floats. */
export const log = <T extends TensorBase>(x: T): T => unary('log', x);
/** Square root. Floats. */
export const sqrt = <T extends TensorBase>(x: T): T => unary('sqrt', x);
/** 1 / sqrt(x). Floats. */
export const rsqrt = <T extends TensorBase>(x: T): T => unary('rsqrt', x);
/** 1 / x. Floats. */
export const reciprocal = <T extends TensorBase>(x: T): T => unary('reciprocal', x);
/** x * x; integers wrap. Floats, int32, uint32. */
export const square = <T extends TensorBase>(x: T): T => unary('square', x);
/** Sine of radians. Floats. */
export const sin = <T extends TensorBase>(x: T): T => unary('sin', x);
/** Cosine of radians. Floats. */
export const cos = <T extends TensorBase>(x: T): T => unary('cos', x);
/** Hyperbolic tangent. Floats. */
export const tanh = <T extends TensorBase>(x: T): T => unary('tanh', x);
/** Error function. Floats. */
export const erf = <T extends TensorBase>(x: T): T => unary('erf', x);
/** 1 / (1 + exp(-x)). Floats. */
export const sigmoid = <T extends TensorBase>(x: T): T => unary('sigmoid', x);
/** x * sigmoid(x). Floats. */
export const silu = <T extends TensorBase>(x: T): T => unary('silu', x);
/** x * 0.5 * (1 + erf(x / sqrt 2)), Hendrycks and Gimpel 2016. Floats. */
export const geluErf = <T extends TensorBase>(x: T): T => unary('gelu_erf', x);
/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Floats. */
export const geluTanh = <T extends TensorBase>(x: T): T => unary('gelu_tanh', x);
/** x * sigmoid(1.702 x), as CLIP has it. Floats. */
export const quickGelu = <T extends TensorBase>(x: T): T => unary('quick_gelu', x);
/** log(1 + exp(x)). Floats. */
export const softplus = <T extends TensorBase>(x: T): T => unary('softplus', x);
/** Whether x is false. bool. */
export const logicalNot = <T extends TensorBase>(x: T): T => unary('logical_not', x);

/** x where x > 0, else slope * x. Floats. */
export const leakyRelu = <T extends TensorBase>(x: T, slope = 0.01): T => unary('leaky_relu', x, slope);

/**
 * Limits to [min, max]; null leaves an end open, NaN stays NaN. Floats, int32, uint32.
 * `INVALID_ARGUMENT` when min is above max or one of them is NaN.
 */
export function clamp<T extends TensorBase>(x: T, min: number | null, max: number | null): T {
  const low = min ?? Number.NEGATIVE_INFINITY;
  const high = max ?? Number.POSITIVE_INFINITY;
  if (!(low <= high)) throw argumentError('clamp', `[${low}, ${high}] is no interval`);
  if (x.dtype !== 'int32' && x.dtype !== 'uint32') return unary('clamp', x, low, high);
  // The parameters of `unary` are float32 and would round large integers.
  if (min === null) return max === null ? x.alias(x.shape) : minimum(x, max);
  const raised = maximum(x, min);
  if (max === null) return raised;
  const result = minimum(raised, max);
  raised.dispose();
  return result;
}
