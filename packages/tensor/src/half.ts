/** float16 on the host, which Node 20 has no array for: bits to numbers and back. */

import { getFloat16, setFloat16 } from '@petamoriken/float16';

/** Rounds to nearest even; what is too large becomes an infinity. Little-endian bits. */
export function encodeHalf(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) setFloat16(view, 2 * i, values[i], true);
  return bytes;
}

/** The numbers behind little-endian float16 bits; all of them are exact in float32. */
export function decodeHalf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.byteLength / 2);
  for (let i = 0; i < values.length; i++) values[i] = getFloat16(view, 2 * i, true);
  return values;
}
