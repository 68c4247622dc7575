import { WickError } from '@wick/core';
import { WEIGHT_TYPES, weightByteLength } from '../weights/type.js';
import type { SafetensorsType } from './header.js';

/** A tensor to be written. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Its elements, little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a safetensors file. Tensors are laid out by the size of their elements, largest first, so
 * that each begins at a multiple of it; among equals their order is kept.
 *
 * @throws INVALID_ARGUMENT for a name that comes twice, or bytes that do not fit type and shape.
 */
export function writeSafetensors(
  tensors: readonly SafetensorsTensor[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const header = new Map<string, unknown>();
  if (metadata.size > 0) header.set('__metadata__', Object.fromEntries(metadata));
  const ordered = tensors.toSorted((a, b) => WEIGHT_TYPES[b.type].bytes - WEIGHT_TYPES[a.type].bytes);
  let end = 0;
  for (const { name, type, shape, bytes } of ordered) {
    if (header.has(name) || name === '__metadata__' || name === '__proto__') {
      throw new WickError(
        'INVALID_ARGUMENT',
        `A file cannot hold another tensor named ${JSON.stringify(name)}.`,
      );
    }
    const want = weightByteLength(type, shape);
    if (want !== bytes.byteLength) {
      const what = `${bytes.byteLength} bytes are not the ${want} of ${type} [${shape}]`;
      throw new WickError('INVALID_ARGUMENT', `Tensor ${JSON.stringify(name)}: ${what}.`, { label: name });
    }
    header.set(name, { dtype: type, shape, data_offsets: [end, end + bytes.byteLength] });
    end += bytes.byteLength;
  }

  // Joined by hand: an object would put names that look like numbers first.
  const members = Array.from(header, ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  // The data begins at a multiple of 8; the format fills the header with spaces for that.
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerBytes);
  let at = 8 + headerBytes;
  for (const { bytes } of ordered) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}
