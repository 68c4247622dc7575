/**
 * The block formats of GGUF, as ggml lays them out (`ggml-common.h`, `ggml-quants.c`). `d` and `dmin` are
 * little-endian float16.
 *
 * - Q8_0, 32 weights in 34 bytes: d, 32 signed bytes q; weight = d q.
 * - Q4_0, 32 weights in 18 bytes: d, 16 bytes; weight i < 16 in the low and weight i + 16 in the high half
 *   of byte i; weight = d (q - 8).
 * - Q4_K, 256 weights in 144 bytes: d, dmin, 12 bytes with a scale and a minimum of 6 bits for each of 8
 *   groups of 32, 128 bytes; groups 2j and 2j + 1 in the low and high halves of bytes 32j to 32j + 31;
 *   weight = d scale q - dmin minimum.
 * - Q6_K, 256 weights in 210 bytes: 128 bytes with the low 4 bits, 64 bytes with the high 2 bits, 16 signed
 *   scales of groups of 16, d; weight = d scale (q - 32).
 */

import type { QuantizedFormat } from '@wick/core';

/** Decodes the block that begins at `bytes[at]` to `out[outAt]` and on. */
export type BlockDecoder = (bytes: Uint8Array, at: number, out: Float32Array, outAt: number) => void;

export const BLOCK_DECODERS: Readonly<Record<QuantizedFormat, BlockDecoder>> = {
  Q8_0(bytes, at, out, outAt) {
    const d = float16(bytes, at);
    for (let i = 0; i < 32; i++) out[outAt + i] = d * signed(bytes[at + 2 + i]);
  },

  Q4_0(bytes, at, out, outAt) {
    const d = float16(bytes, at);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 2 + i];
      out[outAt + i] = d * ((byte & 15) - 8);
      out[outAt + 16 + i] = d * ((byte >> 4) - 8);
    }
  },

  Q4_K(bytes, at, out, outAt) {
    const d = float16(bytes, at);
    const dmin = float16(bytes, at + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * sixBits(bytes, at + 4, group, 0);
      const minimum = dmin * sixBits(bytes, at + 4, group, 1);
      const quants = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        out[outAt + 32 * group + i] = scale * ((bytes[quants + i] >> shift) & 15) - minimum;
      }
    }
  },

  Q6_K(bytes, at, out, outAt) {
    const d = float16(bytes, at + 208);
    for (let run = 0; run < 8; run++) {
      // A run is 32 weights: four runs share 64 bytes of low bits and 32 bytes of high bits.
      const half = run >> 2;
      const quarter = run & 3;
      const low = at + 64 * half + 32 * (quarter & 1);
      const lowShift = 4 * (quarter >> 1);
      const high = at + 128 + 32 * half;
      const highShift = 2 * quarter;
      for (let i = 0; i < 32; i++) {
        const q = ((bytes[low + i] >> lowShift) & 15) | (((bytes[high + i] >> highShift) & 3) << 4);
        const scale = signed(bytes[at + 192 + 2 * run + (i >> 4)]);
        out[outAt + 32 * run + i] = d * scale * (q - 32);
      }
    }
  },
};

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/**
 * The 6-bit scale (`which` 0) or minimum (`which` 1) of a group of Q4_K; `at` is the first of the twelve
 * bytes. Groups 0 to 3 have the low 6 bits of a byte each, scales in bytes 0 to 3 and minima in 4 to 7.
 * Groups 4 to 7 have their low 4 bits in bytes 8 to 11, minima in the high halves, and their high 2 bits
 * in what bytes 0 to 7 have left.
 */
function sixBits(bytes: Uint8Array, at: number, group: number, which: 0 | 1): number {
  const byte = bytes[at + 4 * which + (group & 3)];
  if (group < 4) return byte & 63;
  return ((bytes[at + 4 + group] >> (4 * which)) & 15) | ((byte >> 6) << 4);
}

function float16(bytes: Uint8Array, at: number): number {
  const bits = bytes[at] | (bytes[at + 1] << 8);
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  let magnitude = (1024 + mantissa) * 2 ** (exponent - 25);
  if (exponent === 0) magnitude = mantissa * 2 ** -24;
  else if (exponent === 31) magnitude = mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  return bits & 0x8000 ? -magnitude : magnitude;
}
