/** Functions of one and two elements in WGSL, as the reference computes them. */

import { type BinaryOp, type DType, type Gate, type UnaryOp, WickError } from '@wick/core';
import { isFloat, type ValueType, valueType } from '../wgsl/types.js';

/** f(x) for floats, where x is a name. */
const FLOAT_UNARY: Readonly<Record<Exclude<UnaryOp, 'logical_not'>, (x: string) => string>> = {
  abs: (x) => `abs(${x})`,
  neg: (x) => `-${x}`,
  sign: (x) => `select(sign(${x}), ${x}, is_nan(${x}))`,
  floor: (x) => `floor(${x})`,
  ceil: (x) => `ceil(${x})`,
  round: (x) => `round(${x})`,
  exp: (x) => `exp_f(${x})`,
  log: (x) => `log_f(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  rsqrt: (x) => `inverseSqrt(${x})`,
  reciprocal: (x) => `1.0 / ${x}`,
  square: (x) => `${x} * ${x}`,
  sin: (x) => `sin_f(${x})`,
  cos: (x) => `cos_f(${x})`,
  tanh: (x) => `tanh_f(${x})`,
  erf: (x) => `erf(${x})`,
  sigmoid: (x) => `sigmoid(${x})`,
  silu: (x) => `silu(${x})`,
  gelu_erf: (x) => `gelu_erf(${x})`,
  gelu_tanh: (x) => `gelu_tanh(${x})`,
  quick_gelu: (x) => `quick_gelu(${x})`,
  softplus: (x) => `softplus(${x})`,
  relu: (x) => `max_nan(${x}, 0.0)`,
  leaky_relu: (x) => `select(params.alpha * ${x}, ${x}, ${x} > 0.0)`,
  clamp: (x) => `min_nan(max_nan(${x}, params.alpha), params.beta)`,
};

const INTEGER_UNARY: Readonly<Partial<Record<UnaryOp, (x: string, convert: string) => string>>> = {
  abs: (x) => `abs(${x})`,
  neg: (x) => `-${x}`,
  sign: (x) => `sign(${x})`,
  square: (x) => `${x} * ${x}`,
  relu: (x) => `max(${x}, 0)`,
  clamp: (x, convert) => `min(max(${x}, ${convert}(params.alpha)), ${convert}(params.beta))`,
};

/** A unary op of the element named `x`. Throws `KERNEL_UNSUPPORTED` where the dtype has no such op. */
export function unaryExpression(op: UnaryOp, dtype: DType, x: string): string {
  if (op === 'logical_not') return `select(0u, 1u, ${x} == 0u)`;
  const expression = isFloat(dtype)
    ? FLOAT_UNARY[op](x)
    : INTEGER_UNARY[op]?.(x, dtype === 'int32' ? 'to_i32' : 'to_u32');
  if (expression === undefined)
    throw new WickError('KERNEL_UNSUPPORTED', `${op} is not defined for ${dtype}`);
  return expression;
}

/** The activation of a gated pair. */
export function gateExpression(gate: Gate, x: string): string {
  return FLOAT_UNARY[gate](x);
}

const truth = (condition: string) => `select(0u, 1u, ${condition})`;

/** A comparison with NaN is false, `ne` true, whatever the implementation assumes about NaN. */
function comparison(operator: string, a: string, b: string, type: ValueType): string {
  if (type !== 'f32') return truth(`${a} ${operator} ${b}`);
  const nan = `(is_nan(${a}) || is_nan(${b}))`;
  return truth(operator === '!=' ? `${nan} || ${a} != ${b}` : `!${nan} && ${a} ${operator} ${b}`);
}

/** Integers wrap by themselves; x / 0 is 0. */
function arithmetic(op: BinaryOp, a: string, b: string, type: ValueType): string | undefined {
  switch (op) {
    case 'add':
      return `${a} + ${b}`;
    case 'sub':
      return `${a} - ${b}`;
    case 'mul':
      return `${a} * ${b}`;
    case 'div':
      return type === 'f32' ? `divide(${a}, ${b})` : `select(${a} / ${b}, ${type}(0), ${b} == ${type}(0))`;
    case 'pow':
      return `power(${a}, ${b})`;
    case 'min':
    case 'max':
      return `${op}${type === 'f32' ? '_nan' : ''}(${a}, ${b})`;
    default:
      return undefined;
  }
}

/** A binary op of two elements given by name. */
export function binaryExpression(op: BinaryOp, dtype: DType, a: string, b: string): string {
  const type = valueType(dtype);
  const own = arithmetic(op, a, b, type);
  if (own !== undefined) return own;
  switch (op) {
    case 'eq':
      return comparison('==', a, b, type);
    case 'ne':
      return comparison('!=', a, b, type);
    case 'lt':
      return comparison('<', a, b, type);
    case 'le':
      return comparison('<=', a, b, type);
    case 'gt':
      return comparison('>', a, b, type);
    case 'ge':
      return comparison('>=', a, b, type);
    case 'and':
      return truth(`${a} != 0u && ${b} != 0u`);
    case 'or':
      return truth(`${a} != 0u || ${b} != 0u`);
    case 'xor':
      return truth(`(${a} != 0u) != (${b} != 0u)`);
    default:
      throw new WickError('KERNEL_UNSUPPORTED', `there is no binary op "${op}"`);
  }
}

/**
 * How a value of dtype `from` is written as `to`. A float becomes an integer by cutting towards zero and
 * saturating, NaN becomes 0; an integer that is too wide wraps; `bool` is x != 0.
 */
export function conversion(from: DType, to: DType, x: string): string {
  const source = valueType(from);
  if (to === 'bool') {
    return source === 'f32' ? truth(`is_nan(${x}) || ${x} != 0.0`) : truth(`${x} != ${source}(0)`);
  }
  if (isFloat(to)) return `f32(${x})`;
  if (source !== 'f32') return `${valueType(to)}(${x})`; // bytes are cut where they are stored
  if (to === 'uint8') return `min(to_u32(${x}), 255u)`;
  return to === 'int32' ? `to_i32(${x})` : `to_u32(${x})`;
}
