import { memorySource } from '../bytes/memory.js';
import type { ByteSource } from '../bytes/source.js';
import { findWeight, type Weights } from '../weights/weights.js';
import { type GgufHeader, type GgufTensor, readGgufHeader } from './header.js';

/** An opened GGUF file. Shapes are in row-major order, the reverse of how the file writes them. */
export interface GgufFile extends Weights, GgufHeader {
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/**
 * Opens a GGUF file, version 2 or 3: reads its header, and the tensors when they are asked for. The file
 * owns `source` from now on and closes it, also when opening fails.
 *
 * @throws BAD_FILE for a file that does not keep what the format promises, naming field and offset.
 */
export async function openGguf(source: ByteSource, signal?: AbortSignal): Promise<GgufFile> {
  try {
    const header = await readGgufHeader(source, signal);
    const file: GgufFile = {
      ...header,
      label: source.label,
      async read(name, readSignal) {
        const { offset, byteLength } = findWeight(file, name);
        return source.read(offset, byteLength, readSignal);
      },
      close: () => source.close(),
    };
    return file;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** `openGguf` for a file that is in memory already. */
export function parseGguf(bytes: Uint8Array, label?: string): Promise<GgufFile> {
  return openGguf(memorySource(bytes, label));
}
