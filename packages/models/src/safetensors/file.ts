import { memorySource } from '../bytes/memory.js';
import type { ByteSource } from '../bytes/source.js';
import { findWeight, type Weights } from '../weights/weights.js';
import { readSafetensorsHeader, type SafetensorsEntry } from './header.js';

/** An opened safetensors file. */
export interface SafetensorsFile extends Weights {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** The free text that its writer added. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Opens a safetensors file: reads its header, and the tensors when they are asked for. The file owns
 * `source` from now on and closes it, also when opening fails.
 *
 * @throws BAD_FILE for a file that does not keep what the format promises, naming field and offset.
 */
export async function openSafetensors(source: ByteSource, signal?: AbortSignal): Promise<SafetensorsFile> {
  try {
    const { tensors, metadata } = await readSafetensorsHeader(source, signal);
    const file: SafetensorsFile = {
      label: source.label,
      tensors,
      metadata,
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

/** `openSafetensors` for a file that is in memory already. */
export function parseSafetensors(bytes: Uint8Array, label?: string): Promise<SafetensorsFile> {
  return openSafetensors(memorySource(bytes, label));
}
