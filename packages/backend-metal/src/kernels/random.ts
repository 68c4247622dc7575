/** Random numbers from a counter; see `random/philox.ts` and `random/normal.ts` of the core. */

import { kernels, RANDOM_KINDS, type RandomKind } from '@wick/core';
import { choice, mslKernel } from '../kernel.js';
import { kernelText, moduleText } from '../msl/module.js';

const PHILOX = `// Philox 4x32-10: four words for a counter (of which only the lowest word is not 0) and a key.
inline uint4 philox(uint counter, uint low, uint high) {
  uint4 c = uint4(counter, 0u, 0u, 0u);
  uint2 key = uint2(low, high);
  for (uint round = 0; round < 10; round++) {
    const uint high_a = mulhi(0xd2511f53u, c.x);
    const uint low_a = 0xd2511f53u * c.x;
    const uint high_b = mulhi(0xcd9e8d57u, c.z);
    const uint low_b = 0xcd9e8d57u * c.z;
    c = uint4(high_b ^ c.y ^ key.x, low_b, high_a ^ c.w ^ key.y, low_a);
    key += uint2(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`;

/** The element that belongs to `word`. */
const FROM_WORD: Readonly<Record<RandomKind, string>> = {
  bits: 'word',
  uniform: 'float(word >> 8) * 5.9604644775390625e-8f', // 2^-24
  normal: 'normal_of(word, table)',
};

const NORMAL = `inline float normal_of(uint word, device const int *table) {
  const uint tail = (word << 1) | 1u;
  const uint zeros = clz(tail);
  const uint normalised = tail << zeros;
  const uint index = (31u - zeros) * 128u + ((normalised >> 24) & 127u);
  const int fraction = int((normalised & 0xffffffu) >> 7);
  const int start = table[index];
  const int drop = start - table[index + 1];
  const int units = start - ((fraction * drop + 65536) >> 17);
  return float(word >> 31 == 1u ? -units : units) * 4.76837158203125e-7f; // 2^-21
}`;

const THREADS = 256;

/** Each thread makes the four words of a block. */
const SOURCE = moduleText(
  PHILOX,
  NORMAL,
  ...RANDOM_KINDS.map((kind) =>
    kernelText({
      entry: `random_${kind}`,
      contract: kernels.random,
      types: {
        table: kind === 'normal' ? 'int' : undefined,
        out: kind === 'bits' ? 'uint' : 'float',
      },
      body: `  const uint block = group.x * ${THREADS} + lane;
  const uint first = block * 4;
  if (first >= params.size) return;
  const uint4 words = philox(params.offset + block, params.seedLow, params.seedHigh);
  const uint count = min(params.size - first, 4u);
  for (uint k = 0; k < count; k++) {
    const uint word = words[k];
    out[first + k] = ${FROM_WORD[kind]};
  }`,
    }),
  ),
);

export const random = mslKernel(kernels.random, {
  refuse({ constants, dtypes }) {
    const wanted = constants.kind === 'bits' ? 'uint32' : 'float32';
    if (dtypes.out !== wanted) return `${constants.kind} writes ${wanted}, not ${dtypes.out}`;
    return constants.kind === 'normal' && dtypes.table === undefined ? 'normal needs its table' : undefined;
  },
  shader: (variant) => ({
    source: SOURCE,
    entry: `random_${choice(variant, 'kind', RANDOM_KINDS)}`,
    threads: THREADS,
    tile: 4 * THREADS,
  }),
});
