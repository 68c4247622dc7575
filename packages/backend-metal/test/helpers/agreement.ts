/** One dispatch on the CPU and on Metal, with the same operands; the results have to agree. */

import type { Device, DType, KernelConstants, KernelContract, ParamSpec, ParamValues } from '@wick/core';
import { decodeHalf, encodeHalf } from '@wick/tensor';

export type FloatType = 'float32' | 'float16';

/** Elements of a binding, or how many there are of one that is written. */
export interface Operand {
  readonly dtype: DType;
  readonly values: ArrayLike<number> | number;
}

export interface Call<S extends ParamSpec> {
  readonly operands: Readonly<Record<string, Operand>>;
  readonly params: ParamValues<S>;
  readonly constants?: KernelConstants;
  readonly grid: readonly [number, number, number];
}

/** |got - want| <= atol + rtol |want|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** As of sums of a few hundred products of size 1 in float32, in any order, rounded once. */
export const SUMMED: Readonly<Record<FloatType, Tolerance>> = {
  float32: { rtol: 2e-5, atol: 2e-5 },
  float16: { rtol: 2 ** -9, atol: 2 ** -9 },
};

/** As of exponentials, sines and their sums in float32. */
export const TRANSCENDENTAL: Readonly<Record<FloatType, Tolerance>> = {
  float32: { rtol: 5e-5, atol: 5e-6 },
  float16: { rtol: 2 ** -8, atol: 2 ** -12 },
};

/** Numbers around 0, different in every element. */
export function numbers(dtype: DType, length: number, salt = 0): Operand {
  return { dtype, values: Array.from({ length }, (_, i) => Math.sin((i + 37 * salt) * 1.3 + 0.2) * 1.5) };
}

export function written(dtype: DType, length: number): Operand {
  return { dtype, values: length };
}

function encode({ dtype, values }: Operand): Uint8Array {
  const all = typeof values === 'number' ? new Float64Array(values).fill(Number.NaN) : values;
  const typed =
    dtype === 'float16'
      ? encodeHalf(all)
      : dtype === 'float32'
        ? Float32Array.from(all)
        : dtype === 'int32'
          ? Int32Array.from(all)
          : Uint8Array.from(all);
  const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
  const padded = new Uint8Array(Math.max(16, Math.ceil(bytes.length / 16) * 16));
  padded.set(bytes);
  return padded;
}

function decode({ dtype, values }: Operand, bytes: Uint8Array): ArrayLike<number> {
  const length = typeof values === 'number' ? values : values.length;
  if (dtype === 'float16') return decodeHalf(bytes.slice(0, 2 * length));
  const { buffer } = bytes.slice(0, 4 * length);
  return dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
}

/** What a device gives for the operand named `out`. */
export async function outputOf<S extends ParamSpec>(
  device: Device,
  kernel: KernelContract<S>,
  { operands, params, constants = {}, grid }: Call<S>,
): Promise<ArrayLike<number>> {
  const buffers = Object.entries(operands).map(([name, operand]) => {
    const bytes = encode(operand);
    const buffer = device.createBuffer({ byteLength: bytes.length, label: name });
    device.write(buffer, bytes);
    return { name, buffer, dtype: operand.dtype };
  });
  try {
    const bindings = Object.fromEntries(buffers.map(({ name, buffer, dtype }) => [name, { buffer, dtype }]));
    device.dispatch(kernel, { bindings, params, constants, grid, label: kernel.name });
    const out = buffers.find(({ name }) => name === 'out');
    if (out === undefined) throw new Error(`kernel "${kernel.name}" has no output "out"`);
    return decode(operands.out, await device.read(out.buffer));
  } finally {
    for (const { buffer } of buffers) buffer.free();
  }
}

/** Says where `got` leaves the tolerance around `want`, or undefined. NaN must meet NaN. */
export function disagreement(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol, atol }: Tolerance,
): string | undefined {
  if (got.length !== want.length) return `${got.length} elements, not ${want.length}`;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || Math.abs(got[i] - want[i]) <= atol + rtol * Math.abs(want[i])) continue;
    return `element ${i} is ${got[i]}, not ${want[i]}`;
  }
  return undefined;
}
