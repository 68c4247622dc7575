/** Recorded tensors of `../shared`, and pictures. */

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { requireShared } from '#shared';
import { decodeFloat32, decodePng, openSafetensors, type RgbImage, type Weights } from '../../src/index.js';
import { fileSource } from '../../src/node.js';

/** Set to 1 where tests may take many minutes. */
export const LONG: boolean = process.env.WICK_LONG === '1';
/** Why a long test is not run; undefined where it is. */
export const NOT_LONG: string | undefined = LONG ? undefined : 'takes many minutes; set WICK_LONG=1';

/** A file of recorded tensors, read whole into memory. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const file: Weights = await openSafetensors(await fileSource(requireShared(path)));
  try {
    const tensors = new Map<string, Float32Array>();
    for (const { name, type } of file.tensors.values()) {
      // A copy: bytes of a file need not begin where floats may.
      tensors.set(name, decodeFloat32(type, await file.read(name), name));
    }
    return tensors;
  } finally {
    await file.close();
  }
}

/** The tensor of a name; it is there. */
export function take(tensors: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`${name} is not recorded`);
  return found;
}

/** The largest difference of two arrays of equal length. */
export function largestDifference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i] - want[i]);
    // Not `Math.max` of a condition: NaN must not pass.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** A photograph of `../shared/images`. */
export function photograph(name: string): RgbImage {
  return decodePng(readFileSync(requireShared(`images/${name}.png`)), name);
}
