/** The folder of `--save`: what the command that differs was given, and what each backend made of it. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Difference, NamedBytes } from '@wick/conformance';
import { DTYPE_BYTES, type DType, WickError } from '@wick/core';
import { reasonOf } from '../failure.js';

const TYPES = {
  float32: 'F32',
  float16: 'F16',
  int32: 'I32',
  uint32: 'U32',
  uint8: 'U8',
  bool: 'BOOL',
} as const satisfies Record<DType, string>;

/**
 * Writes `tensors.safetensors` (`input.NAME`, `first.NAME`, `second.NAME`, each as one line of elements) and
 * `command.json` (kernel, constants, parameters, grid, and where the first difference is).
 *
 * @throws WickError `BAD_FILE`
 */
export async function saveDifference(folder: string, difference: Difference): Promise<void> {
  const { inputs, outputs, ...command } = difference;
  const [{ writeSafetensors }, { writeFileWhole }] = await Promise.all([
    import('@wick/models'),
    import('@wick/models/node'),
  ]);
  const tensors = [
    ...inputs.map((input) => stored({ ...input, name: `input.${input.name}` })),
    ...outputs.map(stored),
  ];
  // JSON has no NaN.
  const words = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  try {
    await mkdir(folder, { recursive: true });
    await writeFileWhole(join(folder, 'tensors.safetensors'), writeSafetensors(tensors));
    const json = `${JSON.stringify(command, words, 2)}\n`;
    await writeFileWhole(join(folder, 'command.json'), new TextEncoder().encode(json));
  } catch (cause) {
    throw new WickError('BAD_FILE', `the inputs cannot be saved to ${folder}: ${reasonOf(cause)}`, { cause });
  }
}

function stored({ name, dtype, bytes }: NamedBytes) {
  return { name, type: TYPES[dtype], shape: [bytes.length / DTYPE_BYTES[dtype]], bytes };
}
