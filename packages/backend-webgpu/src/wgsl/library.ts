/**
 * Functions that shaders call by name. A module holds those that it calls, and what these call.
 *
 * WGSL lets an implementation assume that there is no NaN and no infinity, so wherever one matters the
 * bits are looked at, and constants of that kind are made at run time, by `from_bits`.
 */

import { TRIGONOMETRY } from './trigonometry.js';

/** Bit patterns for `from_bits`. */
export const BITS = { nan: '0x7fc00000u', infinity: '0x7f800000u', minusInfinity: '0xff800000u' } as const;

const FUNCTIONS: Readonly<Record<string, string>> = {
  ...TRIGONOMETRY,

  from_bits: 'fn from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }',

  is_nan: 'fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }',

  is_infinite: 'fn is_infinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }',

  // NaN wins.
  max_nan:
    'fn max_nan(a: f32, b: f32) -> f32 { return select(select(max(a, b), b, is_nan(b)), a, is_nan(a)); }',
  min_nan:
    'fn min_nan(a: f32, b: f32) -> f32 { return select(select(min(a, b), b, is_nan(b)), a, is_nan(a)); }',

  // Towards zero, saturating; NaN gives 0.
  to_i32: `fn to_i32(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return i32(-2147483648); }
  return i32(x);
}`,
  to_u32: `fn to_u32(x: f32) -> u32 {
  if (is_nan(x) || x <= 0.0) { return 0u; }
  if (x >= 4294967296.0) { return 4294967295u; }
  return u32(x);
}`,

  // The built-in one may overflow inside, and is only good to 1e-5 for small x. Series as in Cephes' tanhf.
  tanh_f: `fn tanh_f(x: f32) -> f32 {
  let size = abs(x);
  if (size < 0.625) {
    let s = x * x;
    let series = ((((-5.70498872745e-3 * s + 2.06390887954e-2) * s - 5.37397155531e-2) * s
      + 1.33314422036e-1) * s - 3.33332819422e-1) * s * x + x;
    return series;
  }
  if (is_nan(x)) { return x; }
  return sign(x) * (1.0 - 2.0 / (exp(2.0 * min(size, 20.0)) + 1.0));
}`,

  // Hardware divides by way of the reciprocal, which is subnormal, and flushed, where y is huge.
  divide: `fn divide(x: f32, y: f32) -> f32 {
  let scale = select(1.0, 0.0625, abs(y) > 8.5e37);
  return (x * scale) / (y * scale);
}`,

  // Some implementations have a NaN of exp turn into infinity, and a log of 0 that is finite; lavapipe takes
  // the exponent of a subnormal for its logarithm. A subnormal is its bits times 2^-149.
  exp_f: 'fn exp_f(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }',
  log_f: `fn log_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits > 0u && bits < 0x00800000u) { return log(f32(bits)) - 103.27892990343185; }
  if (x == 0.0) { return from_bits(0xff800000u); }
  if (x < 0.0) { return from_bits(0x7fc00000u); }
  return select(log(x), x, is_nan(x) || is_infinite(x));
}`,

  sigmoid: 'fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp_f(-x)); }',

  // Rational approximation as in Eigen; beyond 4 the result is 1 in float32.
  erf: `fn erf(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let c = clamp(x, -4.0, 4.0);
  let s = c * c;
  let above = (((((-2.72614225801306e-10 * s + 2.77068142495902e-8) * s - 2.10102402082508e-6) * s
    - 5.69250639462346e-5) * s - 7.34990630326855e-4) * s - 2.95459980854025e-3) * s - 1.60960333262415e-2;
  let below = (((-1.45660718464996e-5 * s - 2.13374055278905e-4) * s - 1.68282697438203e-3) * s
    - 7.37332916720468e-3) * s - 1.42647390514189e-2;
  return c * above / below;
}`,

  // 1 - erf(x) with a small relative error everywhere: Chebyshev fit of Numerical Recipes, erfcc.
  erfc: `fn erfc(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let z = abs(x);
  let t = 1.0 / (1.0 + 0.5 * z);
  let p = ((((((((0.17087277 * t - 0.82215223) * t + 1.48851587) * t - 1.13520398) * t + 0.27886807) * t
    - 0.18628806) * t + 0.09678418) * t + 0.37409196) * t + 1.00002368) * t - 1.26551223;
  let tail = t * exp(p - min(z * z, 200.0));
  return select(tail, 2.0 - tail, x < 0.0);
}`,

  gelu_erf: `fn gelu_erf(x: f32) -> f32 {
  if (x < -14.0) { return select(0.0 * x, from_bits(0x7fc00000u), is_infinite(x)); }
  return x * 0.5 * erfc(-x * 0.7071067811865476);
}`,
  gelu_tanh: `fn gelu_tanh(x: f32) -> f32 {
  let inner = 0.7978845608028654 * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1.0 + tanh_f(inner));
}`,
  silu: 'fn silu(x: f32) -> f32 { return x * sigmoid(x); }',
  quick_gelu: 'fn quick_gelu(x: f32) -> f32 { return x * sigmoid(1.702 * x); }',

  // log(1 + exp(x)) without overflow; log1p by its series where the argument is small.
  softplus: `fn softplus(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let e = exp(-abs(x));
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(x, 0.0) + log1p;
}`,

  // IEEE 754 pow: the built-in one has no negative base.
  power: `fn power(a: f32, b: f32) -> f32 {
  if (a == 1.0 || b == 0.0) { return 1.0; }
  if (is_nan(a) || is_nan(b)) { return from_bits(0x7fc00000u); }
  let size = abs(a);
  var result = pow(size, b);
  if (size == 1.0) { result = 1.0; }
  if (size == 0.0) { result = select(0.0, from_bits(0x7f800000u), b < 0.0); }
  if ((bitcast<u32>(a) & 0x80000000u) == 0u || is_infinite(b)) { return result; }
  if (floor(b) != b) { return select(result, from_bits(0x7fc00000u), size > 0.0 && !is_infinite(a)); }
  let half = b * 0.5;
  return select(result, -result, floor(half) != half);
}`,
};

/** The functions that `code` calls, out of the library and out of `more`, and what they call in turn. */
export function calledFunctions(code: string, more: Readonly<Record<string, string>>): string {
  const called = new Map<string, string>();
  const find = (name: string) =>
    Object.hasOwn(more, name) ? more[name] : Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  const visit = (text: string) => {
    for (const [name] of text.matchAll(/[A-Za-z_]\w*(?=\()/g)) {
      if (called.has(name)) continue;
      const source = find(name);
      if (source === undefined) continue;
      called.set(name, source);
      visit(source);
    }
  };
  visit(code);
  return [...called.values()].join('\n');
}
