/**
 * The cases of an op fixture (`cases.json` beside `cases.safetensors`): inputs, attributes and expected
 * outputs of single operations, run through the tensor API on any device.
 */

import type { Device, DType } from '@wick/core';
import { fromBytes, type Tensor } from '@wick/tensor';
import { findDifference } from './compare.js';
import { Attributes, opFunctions } from './op-functions.js';

/** A tensor as it is stored. */
export interface StoredTensor {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly StoredTensor[];
  readonly outputs: readonly StoredTensor[];
  readonly rtol: number;
  readonly atol: number;
  /** What is special about it, such as `nan_inf`: a backend may have to leave out cases with a tag. */
  readonly tags: readonly string[];
}

const DTYPES: Readonly<Record<string, DType>> = {
  F32: 'float32',
  F16: 'float16',
  I32: 'int32',
  U32: 'uint32',
  U8: 'uint8',
  BOOL: 'bool',
};

interface CaseEntry {
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rtol: number;
  readonly atol: number;
  readonly tags?: readonly string[];
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Reads a fixture: the text of `cases.json` and the bytes of `cases.safetensors`. Both are trusted. */
export function parseOpCases(json: string, tensors: Uint8Array): OpCase[] {
  const view = new DataView(tensors.buffer, tensors.byteOffset, tensors.byteLength);
  const data = 8 + Number(view.getBigUint64(0, true));
  const header: Record<string, HeaderEntry> = JSON.parse(new TextDecoder().decode(tensors.subarray(8, data)));
  const stored = (name: string): StoredTensor => {
    const { dtype, shape, data_offsets: offsets } = header[name];
    const bytes = tensors.subarray(data + offsets[0], data + offsets[1]);
    return { bytes, shape, dtype: DTYPES[dtype] };
  };
  const { cases }: { cases: readonly CaseEntry[] } = JSON.parse(json);
  return cases.map((entry) => ({
    ...entry,
    inputs: entry.inputs.map(stored),
    outputs: entry.outputs.map(stored),
    tags: entry.tags ?? [],
  }));
}

/**
 * Runs one case and says what is wrong, in a sentence, or nothing when it passes. Rejects with the
 * backend's error, `KERNEL_UNSUPPORTED` for example.
 */
export async function runOpCase(device: Device, given: OpCase): Promise<string | undefined> {
  const run = opFunctions[given.op];
  if (run === undefined) return `no function is known for the operation "${given.op}"`;
  const load = ({ bytes, shape, dtype }: StoredTensor): Tensor =>
    fromBytes(device, bytes, shape, { dtype, label: given.name });
  const results = device.run(() => [run(given.inputs.map(load), new Attributes(given.attributes))].flat(), {
    label: given.name,
  });
  try {
    if (results.length !== given.outputs.length) {
      return `${results.length} results, ${given.outputs.length} are expected`;
    }
    for (const [i, result] of results.entries()) {
      const problem = await compareWith(device, result, given.outputs[i], given);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    for (const result of results) result.dispose();
  }
}

async function compareWith(
  device: Device,
  result: Tensor,
  expected: StoredTensor,
  { rtol, atol }: OpCase,
): Promise<string | undefined> {
  const { dtype, shape, bytes } = expected;
  if (result.dtype !== dtype || String(result.shape) !== String(shape)) {
    return `${result.dtype} [${result.shape}] came out, ${dtype} [${shape}] is expected`;
  }
  const got = await result.data();
  using stored = fromBytes(device, bytes, shape, dtype);
  const want = await stored.data();
  if (got.length !== want.length) return `${got.length} elements were read, ${want.length} are expected`;
  const exact = dtype !== 'float32' && dtype !== 'float16';
  const difference = findDifference(got, want, exact ? 0 : rtol, exact ? 0 : atol);
  if (difference === undefined) return undefined;
  const { index, count } = difference;
  return `element ${index} is ${difference.got}, ${difference.want} is expected (${count} of ${want.length} differ)`;
}
