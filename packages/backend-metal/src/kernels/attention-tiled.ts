/**
 * A threadgroup of four SIMD groups for 32 queries of one head, eight queries each. Keys and values come
 * through threadgroup memory, 32 at a time, and so do the scores of such a tile; nothing larger is held
 * (Dao et al. 2022). The first walk over the keys finds the peak and the sum of exponentials of each query,
 * the second weighs the values: multiplying the scores twice costs less than keeping matrices of outputs
 * scaled, row by row, while a peak still grows.
 *
 * A key that a query of the tile does not see weighs 0 in a matrix, so a value of it that is not finite
 * reaches that query too.
 */

import { kernels } from '@wick/core';
import { kernelText } from '../msl/module.js';
import { type AttentionTypes, HEADS, LOWEST, maskedScore } from './attention-parts.js';

export const QUERIES = 32;
export const TILED_THREADS = 128;
const KEYS = 32;
const SCORE_ROW = KEYS + 4;

/** Fills the cells with `QUERIES` or `KEYS` rows of a head, zeros beyond its edges. */
const load = (name: 'q' | 'k' | 'v', first: string, count: string, size: string, row: number, factor = '') =>
  `    for (uint e = lane; e < ${KEYS * row}; e += ${TILED_THREADS}) {
      const uint r = e / ${row};
      const uint j = e - r * ${row};
      const bool inside = ${first} + r < ${count} && j < ${size};
      cells[e] = inside ? float(${name}[${name}_at + (${first} + r) * params.${name}Strides[2] + j])${factor} : 0.0f;
    }`;

/** @param matrices matrices of eight columns that hold a query, a key or a value */
export function tiledText(types: AttentionTypes, matrices: number): string {
  const row = 8 * matrices + 4;
  // Scores of the tile of keys at `base`; a thread has every fourth key of one query.
  const scores = `    threadgroup_barrier(mem_flags::mem_threadgroup);
${load('k', 'base', 'params.keyLength', 'params.size', row)}
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint part = 0; part < ${KEYS / 8}; part++) {
      simdgroup_float8x8 products = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
#pragma clang loop unroll(full)
      for (uint n = 0; n < ${matrices}; n++) {
        simdgroup_float8x8 keys;
        simdgroup_load(keys, cells + part * 8 * ${row} + 8 * n, ${row}, ulong2(0, 0), true);
        simdgroup_multiply_accumulate(products, queries[n], keys, products);
      }
      simdgroup_store(products, own_scores + 8 * part, ${SCORE_ROW});
    }
    simdgroup_barrier(mem_flags::mem_threadgroup);`;
  const score = `      const uint key = base + quarter + 4 * n;
      const float sum = own_scores[own_row * ${SCORE_ROW} + quarter + 4 * n];
      float score = -INFINITY;
      if (key < visible) score = ${maskedScore(types, 'sum')};`;
  return kernelText({
    entry: 'attention_tiled',
    contract: kernels.attention,
    types,
    places: ['group', 'lane', 'simd', 'member'],
    body: `  threadgroup float cells[${KEYS * row}];
  threadgroup float score_cells[${QUERIES * SCORE_ROW}];
  threadgroup float totals[${QUERIES}];
${HEADS}
  const uint q_at = b * params.qStrides[0] + h * params.qStrides[1];
  const uint first = group.x * ${QUERIES};
  const uint last = min(first + ${QUERIES - 1}, params.queryLength - 1);
  const uint end = visible_keys(last, params.causalOffset, params.keyLength);
  threadgroup float *own_scores = score_cells + simd * 8 * ${SCORE_ROW};
  const uint own_row = member / 4;
  const uint quarter = member % 4;
  // Threads beyond the last query repeat it.
  const uint i = min(first + simd * 8 + own_row, last);
  const uint visible = visible_keys(i, params.causalOffset, params.keyLength);

${load('q', 'first', 'params.queryLength', 'params.size', row, ' * params.scale')}
  threadgroup_barrier(mem_flags::mem_threadgroup);
  simdgroup_float8x8 queries[${matrices}];
  simdgroup_float8x8 outputs[${matrices}];
#pragma clang loop unroll(full)
  for (uint n = 0; n < ${matrices}; n++) {
    simdgroup_load(queries[n], cells + simd * 8 * ${row} + 8 * n, ${row});
    outputs[n] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
  }

  float peak = ${LOWEST};
  float total = 0.0f;
  for (uint base = 0; base < end; base += ${KEYS}) {
${scores}
    for (uint n = 0; n < ${KEYS / 4}; n++) {
${score}
      const float top = fmax(peak, score);
      total = total * exp(peak - top) + exp(score - top);
      peak = top;
    }
  }
  const float own_peak = peak;
  peak = fmax(peak, simd_shuffle_xor(peak, ushort(1)));
  peak = fmax(peak, simd_shuffle_xor(peak, ushort(2)));
  total *= exp(own_peak - peak);
  total += simd_shuffle_xor(total, ushort(1));
  total += simd_shuffle_xor(total, ushort(2));
  if (quarter == 0) totals[simd * 8 + own_row] = total;

  for (uint base = 0; base < end; base += ${KEYS}) {
${scores}
    for (uint n = 0; n < ${KEYS / 4}; n++) {
${score}
      own_scores[own_row * ${SCORE_ROW} + quarter + 4 * n] = exp(score - peak);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
${load('v', 'base', 'params.keyLength', 'params.valueSize', row)}
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint part = 0; part < ${KEYS / 8}; part++) {
      simdgroup_float8x8 weights;
      simdgroup_load(weights, own_scores + 8 * part, ${SCORE_ROW});
#pragma clang loop unroll(full)
      for (uint n = 0; n < ${matrices}; n++) {
        simdgroup_float8x8 values;
        simdgroup_load(values, cells + part * 8 * ${row} + 8 * n, ${row});
        simdgroup_multiply_accumulate(outputs[n], weights, values, outputs[n]);
      }
    }
  }

  threadgroup_barrier(mem_flags::mem_threadgroup);
#pragma clang loop unroll(full)
  for (uint n = 0; n < ${matrices}; n++) {
    simdgroup_store(outputs[n], cells + simd * 8 * ${row} + 8 * n, ${row});
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const uint out_at = b * params.outStrides[0] + h * params.outStrides[1];
  for (uint e = lane; e < ${QUERIES * row}; e += ${TILED_THREADS}) {
    const uint r = e / ${row};
    const uint j = e - r * ${row};
    if (first + r >= params.queryLength || j >= params.valueSize) continue;
    out[out_at + (first + r) * params.outStrides[2] + j] = ${types.out}(cells[e] / totals[r]);
  }`,
  });
}
