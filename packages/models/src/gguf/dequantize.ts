/**
 * The quantised blocks of ggml as numbers. The layouts are those of the structures `block_q8_0`,
 * `block_q4_0`, `block_q4_K` and `block_q6_K` in ggml (https://github.com/ggml-org/ggml, ggml-common.h);
 * offsets below are bytes from the start of a block.
 */
import { float16ToNumber } from '../weights/float16.js';
import type { WeightType } from '../weights/type.js';

/** Decodes the block at byte `at` of `view` into `out` from index `to`. */
export type BlockDecoder = (view: DataView, at: number, out: Float32Array, to: number) => void;

/** 32 values: scale d (float16 at 0), then 32 int8 q. x = d q. */
const decodeQ8_0: BlockDecoder = (view, at, out, to) => {
  const d = float16ToNumber(view.getUint16(at, true));
  for (let i = 0; i < 32; i++) out[to + i] = d * view.getInt8(at + 2 + i);
};

/**
 * 32 values: scale d (float16 at 0), then 16 bytes with two q of 4 bits: value i in the low half of byte
 * i, value i + 16 in its high half. x = d (q - 8).
 */
const decodeQ4_0: BlockDecoder = (view, at, out, to) => {
  const d = float16ToNumber(view.getUint16(at, true));
  for (let i = 0; i < 16; i++) {
    const byte = view.getUint8(at + 2 + i);
    out[to + i] = d * ((byte & 15) - 8);
    out[to + 16 + i] = d * ((byte >>> 4) - 8);
  }
};

/**
 * 256 values in 8 groups of 32: scale d (float16 at 0), scale of the minima m (float16 at 2), 12 bytes at
 * 4 with a scale s and a minimum t of 6 bits for each group, and 128 bytes at 16 with q of 4 bits: groups
 * 2k and 2k + 1 in the low and high halves of bytes 32k to 32k + 31. x = d s q - m t.
 */
const decodeQ4_K: BlockDecoder = (view, at, out, to) => {
  const d = float16ToNumber(view.getUint16(at, true));
  const m = float16ToNumber(view.getUint16(at + 2, true));
  for (let group = 0; group < 8; group++) {
    const [s, t] = scaleAndMinimum(view, at + 4, group);
    const bytes = at + 16 + 32 * (group >>> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const q = (view.getUint8(bytes + i) >>> shift) & 15;
      out[to + 32 * group + i] = d * s * q - m * t;
    }
  }
};

/**
 * Scale and minimum of a group of Q4_K. Groups 0 to 3 have theirs in the low 6 bits of bytes 0 to 3 and 4
 * to 7; groups 4 to 7 have the low 4 bits in bytes 8 to 11 and the upper 2 bits on top of the former.
 */
function scaleAndMinimum(view: DataView, at: number, group: number): [number, number] {
  if (group < 4) return [view.getUint8(at + group) & 63, view.getUint8(at + group + 4) & 63];
  const low = view.getUint8(at + group + 4);
  const scaleTop = view.getUint8(at + group - 4) >>> 6;
  const minimumTop = view.getUint8(at + group) >>> 6;
  return [(low & 15) | (scaleTop << 4), (low >>> 4) | (minimumTop << 4)];
}

/**
 * 256 values in 16 groups of 16: 128 bytes at 0 with the low 4 bits of q, 64 bytes at 128 with its upper 2
 * bits, 16 int8 scales s at 192, scale d (float16 at 208). Within each half of 128 values, value
 * 32k + i (k from 0 to 3) has its low bits in byte 32 (k mod 2) + i, in the high half for k of 2 and 3, and
 * its upper bits at bit 2k of byte i. x = d s (q - 32).
 */
const decodeQ6_K: BlockDecoder = (view, at, out, to) => {
  const d = float16ToNumber(view.getUint16(at + 208, true));
  for (let half = 0; half < 2; half++) {
    for (let j = 0; j < 128; j++) {
      const k = j >>> 5;
      const i = j & 31;
      const low = view.getUint8(at + 64 * half + 32 * (k & 1) + i) >>> (4 * (k >>> 1));
      const top = view.getUint8(at + 128 + 32 * half + i) >>> (2 * k);
      const q = (low & 15) | ((top & 3) << 4);
      const s = view.getInt8(at + 192 + 8 * half + (j >>> 4));
      out[to + 128 * half + j] = d * s * (q - 32);
    }
  }
};

/** The decoders by type; types without one are known by name and size alone. */
export const BLOCK_DECODERS: Readonly<Partial<Record<WeightType, BlockDecoder>>> = {
  Q8_0: decodeQ8_0,
  Q4_0: decodeQ4_0,
  Q4_K: decodeQ4_K,
  Q6_K: decodeQ6_K,
};
