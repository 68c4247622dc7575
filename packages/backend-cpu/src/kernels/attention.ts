/** Kernels of transformer networks. */

import { type BindingArray, kernels, ROPE_STYLES } from '@wick/core';
import { choice, cpuKernel, flag, floats, ints } from '../kernel.js';
import { TILE, tile, tileSums } from './tile.js';

/** One unit is one vector; units are counted along the length, then the heads, then the batch. */
export const rope = cpuKernel(kernels.rope, {
  units({ params }) {
    return params.batch * params.heads * params.length;
  },

  run(call, begin, end) {
    const { heads, length, size, rotary, strides } = call.params;
    const x = floats(call, 'x');
    const positions = ints(call, 'positions');
    const frequencies = floats(call, 'frequencies');
    const out = floats(call, 'out');
    const pairs = rotary / 2;
    // Pair i is (x[i * step], x[i * step + distance]).
    const [step, distance] = choice(call, 'style', ROPE_STYLES) === 'half' ? [1, pairs] : [2, 1];

    for (let unit = begin; unit < end; unit++) {
      const l = unit % length;
      const h = Math.floor(unit / length) % heads;
      const b = Math.floor(unit / (length * heads));
      const at = b * strides[0] + h * strides[1] + l * strides[2];
      for (let i = 0; i < pairs; i++) {
        const angle = positions[l] * frequencies[i];
        const cos = Math.cos(angle);
        const sin = Math.sin(angle);
        const first = x[at + i * step];
        const second = x[at + i * step + distance];
        out[at + i * step] = first * cos - second * sin;
        out[at + i * step + distance] = first * sin + second * cos;
      }
      for (let j = rotary; j < size; j++) out[at + j] = x[at + j];
    }
  },
});

/** One unit is one query of one head; units are counted along the queries, then the heads, then the batch. */
export const attention = cpuKernel(kernels.attention, {
  units({ params }) {
    return params.batch * params.heads * params.queryLength;
  },

  run(call, begin, end) {
    const p = call.params;
    const q = floats(call, 'q');
    const k = floats(call, 'k');
    const v = floats(call, 'v');
    const mask = call.bindings.mask;
    const out = floats(call, 'out');
    const causal = flag(call, 'causal');
    const scores = new Float64Array(p.keyLength);
    const sums = tileSums();

    for (let unit = begin; unit < end; unit++) {
      const i = unit % p.queryLength;
      const h = Math.floor(unit / p.queryLength) % p.heads;
      const b = Math.floor(unit / (p.queryLength * p.heads));
      const keyHead = Math.floor(h / (p.heads / p.keyHeads));
      const qAt = b * p.qStrides[0] + h * p.qStrides[1] + i * p.qStrides[2];
      const kAt = b * p.kStrides[0] + keyHead * p.kStrides[1];
      const vAt = b * p.vStrides[0] + keyHead * p.vStrides[1];
      const outAt = b * p.outStrides[0] + h * p.outStrides[1] + i * p.outStrides[2];
      const visible = causal ? Math.min(Math.max(i + p.causalOffset + 1, 0), p.keyLength) : p.keyLength;

      for (let j = 0; j < visible; j += TILE) {
        const columns = Math.min(TILE, visible - j);
        tile(q, qAt, 0, 1, 1, k, kAt + j * p.kStrides[2], p.kStrides[2], 1, columns, p.size, sums);
        for (let c = 0; c < columns; c++) scores[j + c] = sums[c] * p.scale;
      }
      if (mask !== undefined) {
        const maskAt = b * p.maskStrides[0] + h * p.maskStrides[1] + i * p.maskStrides[2];
        applyMask(scores, visible, mask, maskAt, p.maskStrides[3]);
      }
      const total = exponentiate(scores, visible);
      weigh(scores, visible, total, v, vAt, p.vStrides[2], p.valueSize, out, outAt);
    }
  },
});

/** Hides the keys where a mask of bool is 0, or adds a mask of floats. */
function applyMask(
  scores: Float64Array,
  visible: number,
  mask: BindingArray,
  at: number,
  step: number,
): void {
  if (mask instanceof Uint8Array) {
    for (let j = 0; j < visible; j++) if (mask[at + j * step] === 0) scores[j] = Number.NEGATIVE_INFINITY;
  } else {
    for (let j = 0; j < visible; j++) scores[j] += mask[at + j * step];
  }
}

/** scores[j] = exp(scores[j] - their maximum); the answer is their sum, 0 or NaN where no key is visible. */
function exponentiate(scores: Float64Array, visible: number): number {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < visible; j++) maximum = Math.max(maximum, scores[j]);
  let total = 0;
  for (let j = 0; j < visible; j++) {
    scores[j] = Math.exp(scores[j] - maximum);
    total += scores[j];
  }
  return total;
}

/** out[c] = sum over j of weights[j] / total * v[j, c], four columns at a time. */
function weigh(
  weights: Float64Array,
  visible: number,
  total: number,
  v: Float32Array,
  vAt: number,
  vRow: number,
  valueSize: number,
  out: Float32Array,
  outAt: number,
): void {
  let c = 0;
  for (; c + 4 <= valueSize; c += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < visible; j++) {
      const w = weights[j];
      const at = vAt + j * vRow + c;
      s0 += w * v[at];
      s1 += w * v[at + 1];
      s2 += w * v[at + 2];
      s3 += w * v[at + 3];
    }
    out[outAt + c] = s0 / total;
    out[outAt + c + 1] = s1 / total;
    out[outAt + c + 2] = s2 / total;
    out[outAt + c + 3] = s3 / total;
  }
  for (; c < valueSize; c++) {
    let sum = 0;
    for (let j = 0; j < visible; j++) sum += weights[j] * v[vAt + j * vRow + c];
    out[outAt + c] = sum / total;
  }
}

/** One unit is the embedding of one time. */
export const timestepEmbedding = cpuKernel(kernels.timestepEmbedding, {
  units({ params }) {
    return params.count;
  },

  run(call, begin, end) {
    const { size, shift } = call.params;
    const t = floats(call, 't');
    const out = floats(call, 'out');
    const half = size / 2;
    const [sinAt, cosAt] = flag(call, 'flip') ? [half, 0] : [0, half];
    for (let n = begin; n < end; n++) {
      for (let i = 0; i < half; i++) {
        const angle = t[n] * Math.exp((-Math.log(10000) * i) / (half - shift));
        out[n * size + sinAt + i] = Math.sin(angle);
        out[n * size + cosAt + i] = Math.cos(angle);
      }
    }
  },
});
