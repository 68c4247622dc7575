/**
 * Decoding of GGUF's block formats. Blocks are not multiples of four bytes long, so words are put together
 * out of two. Scales are float16, which WGSL unpacks from bits without the float16 feature.
 */

import { QUANTIZED_BLOCKS, type QuantizedFormat } from '@wick/core';

/** Elements 4q to 4q + 3 of the block that begins at byte `at`: the body of a function. */
const QUADS: Readonly<Record<QuantizedFormat, string>> = {
  Q8_0: `  return half_at(at) * vec4f(signed_bytes(word_at(at + 2u + 4u * q)));`,

  // The second half of a block lies in the high halves of its bytes.
  Q4_0: `  let quants = bytes_of(word_at(at + 2u + 4u * (q & 3u)) >> (q & 4u)) & vec4u(15u);
  return half_at(at) * (vec4f(quants) - vec4f(8.0));`,

  Q4_K: `  let group = q >> 3u;
  let halves = unpack2x16float(word_at(at));
  let quants = bytes_of(word_at(at + 16u + 32u * (group >> 1u) + 4u * (q & 7u)) >> (4u * (group & 1u)));
  let scale = halves.x * f32(six_bits(at + 4u, group, 0u));
  let minimum = halves.y * f32(six_bits(at + 4u, group, 1u));
  return scale * vec4f(quants & vec4u(15u)) - vec4f(minimum);`,

  // A run is 32 weights: four runs share 64 bytes of low bits and 32 bytes of high bits.
  Q6_K: `  let run = q >> 3u;
  let half = run >> 2u;
  let quarter = run & 3u;
  let place = 4u * (q & 7u);
  let low = bytes_of(word_at(at + 64u * half + 32u * (quarter & 1u) + place) >> (4u * (quarter >> 1u)));
  let high = bytes_of(word_at(at + 128u + 32u * half + place) >> (2u * quarter));
  let quants = (low & vec4u(15u)) | ((high & vec4u(3u)) << vec4u(4u));
  let scale = signed_bytes(weight_at(at + 192u + (q >> 2u))).x;
  return half_at(at + 208u) * f32(scale) * (vec4f(quants) - vec4f(32.0));`,
};

const SIX_BITS = `
// The scale (which 0) or minimum (which 1) of a group of Q4_K, whose high bits stand in two places.
fn six_bits(at: u32, group: u32, which: u32) -> u32 {
  let byte = weight_at(at + 4u * which + (group & 3u));
  if (group < 4u) { return byte & 63u; }
  return ((weight_at(at + 4u + group) >> (4u * which)) & 15u) | ((byte >> 6u) << 4u);
}`;

/** Quads of four weights in a block. */
export function quadsOfBlock(format: QuantizedFormat): number {
  return QUANTIZED_BLOCKS[format].elements / 4;
}

/** Declares `weight_quad(block: u32, q: u32) -> vec4f`: elements 4q to 4q + 3 of a block of `weight`. */
export function blockCode(format: QuantizedFormat): string {
  return `// A word at any byte.
fn word_at(at: u32) -> u32 {
  let shift = 8u * (at & 3u);
  let low = weight_data[at >> 2u];
  if (shift == 0u) { return low; }
  return (low >> shift) | (weight_data[(at >> 2u) + 1u] << (32u - shift));
}
fn half_at(at: u32) -> f32 { return unpack2x16float(weight_data[at >> 2u] >> (8u * (at & 3u))).x; }
fn bytes_of(word: u32) -> vec4u { return (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u); }
fn signed_bytes(word: u32) -> vec4i { return (vec4i(bitcast<i32>(word)) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u); }
${format === 'Q4_K' ? SIX_BITS : ''}
fn weight_quad(block: u32, q: u32) -> vec4f {
  let at = block * ${QUANTIZED_BLOCKS[format].bytes}u;
${QUADS[format]}
}`;
}
