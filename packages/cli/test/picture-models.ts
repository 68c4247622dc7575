/** Folders of picture models that a test may spoil. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedModelPath } from '@wick/models/node';
import { temporaryFolder } from './captured-io.js';

/** A copy of the embedded picture model. */
export function copiedModel(): string {
  const folder = join(temporaryFolder(), 'model');
  // Files of a checkout may be read-only, their copies are not.
  cpSync(embeddedModelPath('shapes'), folder, { recursive: true });
  return folder;
}

/** Puts one float16 value into all elements of a parameter of a safetensors file. */
export function spoilWeight(file: string, name: string, half: number): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [from, to] = header[name].data_offsets;
  for (let at = from; at < to; at += 2) bytes.writeUInt16LE(half, 8 + length + at);
  writeFileSync(file, bytes);
}
