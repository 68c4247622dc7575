/**
 * How far a backend may be from the reference, by kernel and dtype. The reference accumulates in float64
 * and rounds once; a backend computes in float32, or in float16 what is one operation, in any order of
 * summation. Integers and booleans are exact everywhere.
 */

import type { DType } from '@wick/core';
import type { KernelSpec } from './spec.js';

/** What the tolerance depends on. */
export type Variant = Pick<KernelSpec, 'kernel' | 'constants'>;

/** |got - want| <= atol + rtol |want|; `identical` also tells -0 from 0. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
  readonly identical?: true;
}

/** Sorts of results, from strict to loose. */
const KINDS = {
  /** Elements are moved, selected or compared, or computed in integers: nothing rounds. */
  identical: {
    float32: { rtol: 0, atol: 0, identical: true },
    float16: { rtol: 0, atol: 0, identical: true },
  },
  /** Nothing rounds, but a zero may have either sign. */
  equal: { float32: { rtol: 0, atol: 0 }, float16: { rtol: 0, atol: 0 } },
  /** One operation that IEEE 754 rounds correctly; WGSL allows the last bit either way. */
  rounded: { float32: { rtol: 2 ** -23, atol: 0 }, float16: { rtol: 2 ** -10, atol: 2 ** -24 } },
  /** Quotients and roots: 2.5 units in the last place in WGSL and in MSL's fast mode. */
  divided: { float32: { rtol: 2 ** -21, atol: 0 }, float16: { rtol: 2 ** -9, atol: 2 ** -24 } },
  /** Series and exponentials of float32 hardware, whose error grows with the argument. */
  transcendental: { float32: { rtol: 5e-5, atol: 5e-6 }, float16: { rtol: 2 ** -8, atol: 2 ** -12 } },
  /** Sums of products of a few hundred terms of size 1, in float32, in any order. */
  summed: { float32: { rtol: 2e-5, atol: 2e-5 }, float16: { rtol: 2 ** -9, atol: 2 ** -9 } },
} as const satisfies Record<string, Readonly<Record<'float32' | 'float16', Tolerance>>>;
type Kind = keyof typeof KINDS;

const IDENTICAL_OPS = ['abs', 'neg'];
const EQUAL_OPS = ['sign', 'floor', 'ceil', 'round', 'relu', 'clamp', 'min', 'max'];
const ROUNDED_OPS = ['square', 'leaky_relu', 'add', 'sub', 'mul'];
const DIVIDED_OPS = ['sqrt', 'rsqrt', 'reciprocal', 'div'];

function kindOfOp(op: unknown): Kind {
  if (IDENTICAL_OPS.some((name) => name === op)) return 'identical';
  if (EQUAL_OPS.some((name) => name === op)) return 'equal';
  if (ROUNDED_OPS.some((name) => name === op)) return 'rounded';
  return DIVIDED_OPS.some((name) => name === op) ? 'divided' : 'transcendental';
}

type Entry = Kind | ((given: Variant) => Kind);

const byOp: Entry = ({ constants }) => kindOfOp(constants.op);

/** By kernel name. */
export const TOLERANCES: Readonly<Record<string, Entry>> = {
  unary: byOp,
  binary: byOp,
  binary_scalar: byOp,
  select: 'identical',
  // A cast rounds to nearest even, which every backend has to do the same way.
  cast: 'identical',
  gated: 'transcendental',
  reduce: ({ constants: { op } }) => (op === 'max' || op === 'min' ? 'equal' : 'summed'),
  arg_reduce: 'identical',
  cumsum: 'summed',
  softmax: 'transcendental',
  layer_norm: 'summed',
  rms_norm: 'summed',
  group_norm: 'summed',
  batch_norm: 'summed',
  global_response_norm: 'summed',
  matmul: 'summed',
  quantized_matmul: 'summed',
  // Two products and a difference, each rounded.
  dequantize: 'divided',
  quantized_embedding: 'divided',
  conv2d: 'summed',
  conv_transpose2d: 'summed',
  pool2d: ({ constants: { op } }) => (op === 'max' ? 'equal' : 'summed'),
  upsample_nearest: 'identical',
  // The weights of the taps are cubics of a quotient.
  resize_bicubic: 'transcendental',
  strided_copy: 'identical',
  pad: 'identical',
  concat: 'identical',
  gather: 'identical',
  gather_rows: 'identical',
  scatter_add: 'summed',
  write_rows: 'identical',
  rope: 'transcendental',
  attention: 'transcendental',
  timestep_embedding: 'transcendental',
  random: 'identical',
};

/**
 * The tolerance for outputs of `dtype`; undefined where the results must be equal.
 *
 * @param unknown what a kernel that is not of the catalogue is held to
 */
export function toleranceOf(
  given: Variant,
  dtype: DType,
  unknown: 'identical' | 'summed' = 'identical',
): Tolerance | undefined {
  if (dtype !== 'float32' && dtype !== 'float16') return undefined;
  const entry = TOLERANCES[given.kernel.name] ?? unknown;
  return KINDS[typeof entry === 'string' ? entry : entry(given)][dtype];
}
