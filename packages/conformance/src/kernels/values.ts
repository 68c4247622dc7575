/** Contents of operands: deterministic, different in every element, and the awkward values of each dtype. */

import type { DType } from '@wick/core';
import type { Operand } from './spec.js';

/** Contents that are not special: floats around 0, integers of both signs, all bytes, both booleans. */
export function ordinary(dtype: DType, length: number, salt = 0): Operand {
  const at = (i: number) => i + 31 * salt;
  const value: Readonly<Record<DType, (i: number) => number>> = {
    float32: (i) => Math.sin(at(i) * 1.7 + 0.3) * (1 + (i % 5) * 0.4),
    float16: (i) => Math.sin(at(i) * 1.7 + 0.3) * (1 + (i % 5) * 0.4),
    int32: (i) => ((at(i) * 7919) % 201) - 100,
    uint32: (i) => (at(i) * 7919) % 201,
    uint8: (i) => (at(i) * 73) % 256,
    bool: (i) => (at(i) % 3 === 0 ? 1 : 0),
  };
  return { dtype, values: Array.from({ length }, (_, i) => value[dtype](i)) };
}

/** Largest finite value, smallest normal and smallest subnormal value. */
const FLOAT_LIMITS = {
  float32: [3.4028234663852886e38, 2 ** -126, 2 ** -149],
  float16: [65504, 2 ** -14, 2 ** -24],
} as const;

/** The values at which kernels go wrong. */
export function edgeValues(dtype: DType): number[] {
  switch (dtype) {
    case 'float32':
    case 'float16': {
      const [greatest, normal, subnormal] = FLOAT_LIMITS[dtype];
      const magnitudes = [0, 1, 0.5, 1.5, 2.5, 3.25, 7.75, greatest, normal, subnormal, 3 * subnormal];
      return [...magnitudes.flatMap((x) => [x, -x]), Number.NaN, Infinity, -Infinity];
    }
    case 'int32':
      return [0, 1, -1, 2, -7, 0x7fffffff, -0x80000000, 65537, -65537, 1000003];
    case 'uint32':
      return [0, 1, 2, 7, 0xffffffff, 0x80000000, 65537, 1000003];
    case 'uint8':
      return [0, 1, 127, 128, 254, 255];
    case 'bool':
      return [0, 1];
    default:
      return dtype satisfies never;
  }
}

/** Edge values, then ordinary ones up to an odd length. */
export function edges(dtype: DType, length = 37, salt = 0): Operand {
  const awkward = edgeValues(dtype);
  const rest = ordinary(dtype, length, salt).values;
  return { dtype, values: Array.from(rest, (value, i) => awkward[i] ?? value) };
}

/** Two operands in which every edge value meets every other one. */
export function edgePairs(dtype: DType): [Operand, Operand] {
  const all = edgeValues(dtype);
  const a = all.flatMap((value) => all.map(() => value));
  const b = all.flatMap(() => all);
  return [
    { dtype, values: a },
    { dtype, values: b },
  ];
}

/** An operand that is only written. */
export function blank(dtype: DType, length: number): Operand {
  return { dtype, values: new Float64Array(length) };
}

export function given(dtype: DType, ...values: number[]): Operand {
  return { dtype, values };
}

/** A shape of eight axes, right-aligned with leading ones. */
export function shape8(...shape: number[]): number[] {
  return [...Array<number>(8 - shape.length).fill(1), ...shape];
}

/** Strides of eight axes, right-aligned with leading zeros. */
export function strides8(...strides: number[]): number[] {
  return [...Array<number>(8 - strides.length).fill(0), ...strides];
}

export const FLOATS = ['float32', 'float16'] as const;
export const NUMBERS = ['float32', 'float16', 'int32', 'uint32'] as const;
