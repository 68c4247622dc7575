/** Buffers with known content. */

import type { Buffer, Device } from '@wick/core';
import type { Graph } from './graph.js';
import { initialWords } from './interpret.js';

/** The buffers of a graph before its first op, written and completed. */
export async function uploadBuffers(
  device: Device,
  { buffers, blocks }: Pick<Graph, 'buffers' | 'blocks'>,
  blockBytes: number,
): Promise<Buffer[]> {
  const byteLength = blocks * blockBytes;
  const made = Array.from({ length: buffers }, (_, i) => {
    const buffer = device.createBuffer({ byteLength, label: `buffer ${i}` });
    device.write(buffer, initialWords(byteLength / 4, i));
    return buffer;
  });
  await device.idle();
  return made;
}
