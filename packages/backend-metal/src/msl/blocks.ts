/** Block-quantised weights, in the layouts that `backend-cpu/src/kernels/blocks.ts` describes. */

import { QUANTIZED_BLOCKS, QUANTIZED_FORMATS, type QuantizedFormat } from '@wick/core';

/** Place in `QUANTIZED_FORMATS`: a function constant, so that one decoder is left. */
export const FORMAT = { name: 'format', index: 0, type: 'uint' } as const;

export const formatNumber = (format: QuantizedFormat) => QUANTIZED_FORMATS.indexOf(format);

/** Bodies that decode eight weights: `block` points to their block, `within` is the place of the first in it. */
const DECODERS: Readonly<Record<QuantizedFormat, string>> = {
  Q8_0: `    const float d = half_at(block, 0);
    device const char *quants = (device const char *)(block + 2 + within);
    for (uint j = 0; j < 8; j++) values[j] = d * float(quants[j]);`,

  Q4_0: `    const float d = half_at(block, 0);
    device const uchar *quants = block + 2 + within % 16;
    const uint shift = within < 16 ? 0 : 4;
    for (uint j = 0; j < 8; j++) values[j] = d * float(int((quants[j] >> shift) & 15) - 8);`,

  Q4_K: `    const uint run = within / 32;
    const float scale = half_at(block, 0) * float(six_bits(block + 4, run, 0));
    const float least = half_at(block, 2) * float(six_bits(block + 4, run, 1));
    device const uchar *quants = block + 16 + 32 * (run / 2) + within % 32;
    const uint shift = 4 * (run % 2);
    for (uint j = 0; j < 8; j++) values[j] = scale * float((quants[j] >> shift) & 15) - least;`,

  Q6_K: `    const uint run = within / 32;
    const uint quarter = run % 4;
    device const uchar *low = block + 64 * (run / 4) + 32 * (quarter % 2) + within % 32;
    device const uchar *high = block + 128 + 32 * (run / 4) + within % 32;
    const uint low_shift = 4 * (quarter / 2);
    const uint high_shift = 2 * quarter;
    const char group_scale = ((device const char *)block)[192 + within / 16];
    const float scale = half_at(block, 208) * float(group_scale);
    for (uint j = 0; j < 8; j++) {
      const uint q = ((low[j] >> low_shift) & 15) | (((high[j] >> high_shift) & 3) << 4);
      values[j] = scale * float(int(q) - 32);
    }`,
};

const decodersText = QUANTIZED_FORMATS.map((format, number) => {
  const { elements, bytes } = QUANTIZED_BLOCKS[format];
  return `  if (format == ${number}) { // ${format}
    device const uchar *block = weight + (index / ${elements}) * ${bytes};
    const uint within = index % ${elements};
${DECODERS[format]}
  }`;
}).join('\n');

/** decode_eight(weight, index, values): weights `index` to `index + 7` of a run of blocks; index is a multiple of 8. */
export const BLOCKS = `inline float half_at(device const uchar *block, uint at) {
  return float(*(device const half *)(block + at));
}

// The scale (which 0) or minimum (which 1) of a run of 32 in Q4_K, out of twelve bytes.
inline uint six_bits(device const uchar *packed, uint run, uint which) {
  const uint byte = packed[4 * which + run % 4];
  if (run < 4) return byte & 63;
  return ((packed[4 + run] >> (4 * which)) & 15) | ((byte >> 6) << 4);
}

inline void decode_eight(device const uchar *weight, uint index, thread float *values) {
${decodersText}
}`;
