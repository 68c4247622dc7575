/** Random numbers from a counter; see `random/philox.ts` and `random/normal.ts` of the core. */

import { kernels, RANDOM_KINDS, type RandomKind } from '@wick/core';
import { choice, wgslKernel } from '../kernel.js';

const FROM_WORD: Readonly<Record<RandomKind, string>> = {
  bits: 'fn from_word(word: u32) -> u32 { return word; }',
  uniform: 'fn from_word(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }', // 2^-24
  normal: `fn from_word(word: u32) -> f32 {
  let tail = (word << 1u) | 1u;
  let zeros = countLeadingZeros(tail);
  let normalised = tail << zeros;
  let index = (31u - zeros) * 128u + ((normalised >> 24u) & 127u);
  let fraction = i32((normalised & 0xffffffu) >> 7u);
  let start = table_at(index);
  let drop = start - table_at(index + 1u);
  let units = start - ((fraction * drop + 65536) >> 17u);
  return f32(select(units, -units, (word >> 31u) == 1u)) * 4.76837158203125e-7; // 2^-21
}`,
};

export const random = wgslKernel(kernels.random, {
  refuse({ constants, dtypes }) {
    const wanted = constants.kind === 'bits' ? 'uint32' : 'float32';
    if (dtypes.out !== wanted) return `${constants.kind} writes ${wanted}, not ${dtypes.out}`;
    return constants.kind === 'normal' && dtypes.table === undefined ? 'normal needs its table' : undefined;
  },
  shader(variant) {
    const kind = choice(variant, 'kind', RANDOM_KINDS);
    const type = kind === 'bits' ? 'u32' : 'f32';
    return {
      workgroup: 256,
      tile: 1024,
      vectors: ['out'],
      declarations: `${FROM_WORD[kind]}
fn philox(counter: u32) -> vec4u {
  var c = vec4u(counter, 0u, 0u, 0u);
  var key = vec2u(params.seedLow, params.seedHigh);
  for (var round = 0u; round < 10u; round++) {
    let a = wide_product(0xd2511f53u, c.x);
    let b = wide_product(0xcd9e8d57u, c.z);
    c = vec4u(b.y ^ c.y ^ key.x, b.x, a.y ^ c.w ^ key.y, a.x);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`,
      main: `  let word = block * 256u + lane;
  if (word * 4u >= params.size) { return; }
  let bits = philox(params.offset + word);
  let values = vec4<${type}>(from_word(bits.x), from_word(bits.y), from_word(bits.z), from_word(bits.w));
  put_out_four(word, values, params.size - word * 4u);`,
    };
  },
});
