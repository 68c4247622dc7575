/**
 * A threadgroup of eight SIMD groups for one query of one head. A SIMD group takes every eighth key, its
 * threads a part of the head each, and keeps a softmax of its own (Milakov, Gimelshein 2018); the eight are
 * joined at the end.
 */

import { kernels, MAX_HEAD_SIZE } from '@wick/core';
import { kernelText } from '../msl/module.js';
import { type AttentionTypes, HEADS, LOWEST, maskedScore } from './attention-parts.js';

const SIMDS = 8;
const MOST_OWN = MAX_HEAD_SIZE / 32;

export const fewText = (types: AttentionTypes) =>
  kernelText({
    entry: 'attention_few',
    contract: kernels.attention,
    types,
    places: ['group', 'lane', 'simd', 'member'],
    body: `  threadgroup float peaks[${SIMDS}];
  threadgroup float totals[${SIMDS}];
  threadgroup float outputs[${SIMDS * MAX_HEAD_SIZE}];
  const uint i = group.x;
${HEADS}
  const uint q_at = b * params.qStrides[0] + h * params.qStrides[1] + i * params.qStrides[2];
  const uint visible = visible_keys(i, params.causalOffset, params.keyLength);
  float query[${MOST_OWN}];
  float output[${MOST_OWN}];
  for (uint c = 0; c < own; c++) {
    const uint j = member + 32 * c;
    query[c] = j < params.size ? float(q[q_at + j]) * params.scale : 0.0f;
    output[c] = 0.0f;
  }
  float peak = ${LOWEST};
  float total = 0.0f;
  for (uint key = simd; key < visible; key += ${SIMDS}) {
    float product = 0.0f;
    for (uint c = 0; c < own; c++) {
      const uint j = member + 32 * c;
      if (j < params.size) product += query[c] * float(k[k_at + key * params.kStrides[2] + j]);
    }
    const float sum = simd_sum(product);
    const float score = ${maskedScore(types, 'sum')};
    const float top = fmax(peak, score);
    const float rescale = exp(peak - top);
    const float weight = exp(score - top);
    peak = top;
    total = total * rescale + weight;
    for (uint c = 0; c < own; c++) {
      const uint j = member + 32 * c;
      if (j < params.valueSize) {
        output[c] = output[c] * rescale + weight * float(v[v_at + key * params.vStrides[2] + j]);
      }
    }
  }
  if (member == 0) peaks[simd] = peak;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  float highest = ${LOWEST};
  for (uint n = 0; n < ${SIMDS}; n++) highest = fmax(highest, peaks[n]);
  const float share = exp(peak - highest);
  if (member == 0) totals[simd] = total * share;
  for (uint c = 0; c < own; c++) outputs[simd * ${MAX_HEAD_SIZE} + member + 32 * c] = output[c] * share;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (lane >= params.valueSize) return;
  float sum = 0.0f;
  float weights = 0.0f;
  for (uint n = 0; n < ${SIMDS}; n++) {
    sum += outputs[n * ${MAX_HEAD_SIZE} + lane];
    weights += totals[n];
  }
  const uint out_at = b * params.outStrides[0] + h * params.outStrides[1] + i * params.outStrides[2];
  out[out_at + lane] = ${types.out}(sum / weights);`,
  });
