/** Kernels of transformer networks. Strides count elements. */

import { catalogueKernel } from '../contract.js';

const FLOATS = ['float32', 'float16'] as const;
const input = { access: 'read', dtypes: FLOATS } as const;
const output = { access: 'write', dtypes: FLOATS } as const;

/** Largest head size that every backend supports. */
export const MAX_HEAD_SIZE = 256;

export const ROPE_STYLES = ['half', 'interleaved'] as const;
export type RopeStyle = (typeof ROPE_STYLES)[number];

/**
 * Rotary embedding (Su et al. 2021): angle = positions[l] * frequencies[i], (a, b) -> (a cos - b sin, a sin
 * + b cos) for the pairs (x[i], x[i + rotary/2]) of style half or (x[2i], x[2i + 1]) of style interleaved, i
 * < rotary/2; elements from `rotary` on pass through. Element (b, h, l, j) of x and of out stands at b *
 * strides[0] + h * strides[1] + l * strides[2] + j. Grid: [heads * size, length, batch].
 */
export const rope = catalogueKernel({
  name: 'rope',
  bindings: {
    x: input,
    positions: { access: 'read', dtypes: ['int32'] },
    frequencies: { access: 'read', dtypes: ['float32'] },
    out: output,
  },
  params: {
    batch: 'u32',
    heads: 'u32',
    length: 'u32',
    size: 'u32',
    rotary: 'u32',
    strides: 'u32x4',
  },
  constants: { style: ROPE_STYLES },
});

/**
 * out = softmax(q k^T * scale + mask) v per head. Key j is visible to query i where j <= i + causalOffset
 * (only if `causal`). A bool mask shows where it is 1, a float mask is added to the scores. Key head h /
 * (heads / keyHeads) serves query head h. Element (b, h, l, j) stands at b * strides[0] + h * strides[1] + l
 * * strides[2] + j; mask at b * maskStrides[0] + h * maskStrides[1] + i * maskStrides[2] + j *
 * maskStrides[3]. keyLength and causalOffset may be replay parameters. A query that sees no key gives NaN.
 * Grid: [queryLength, heads, batch].
 */
export const attention = catalogueKernel({
  name: 'attention',
  bindings: {
    q: input,
    k: input,
    v: input,
    mask: { access: 'read', dtypes: ['bool', 'float32', 'float16'], optional: true },
    out: output,
  },
  params: {
    batch: 'u32',
    heads: 'u32',
    keyHeads: 'u32',
    queryLength: 'u32',
    keyLength: 'u32',
    size: 'u32',
    valueSize: 'u32',
    causalOffset: 'i32',
    scale: 'f32',
    qStrides: 'u32x4',
    kStrides: 'u32x4',
    vStrides: 'u32x4',
    outStrides: 'u32x4',
    maskStrides: 'u32x4',
  },
  constants: { causal: [false, true] },
});

/**
 * half = size / 2, frequency_i = exp(-ln(10000) * i / (half - shift)); out[n] = [sin(t f), cos(t f)], or
 * [cos, sin] where `flip`. Ho, Jain, Abbeel 2020, as diffusers writes it. Grid: [half, count, 1].
 */
export const timestepEmbedding = catalogueKernel({
  name: 'timestep_embedding',
  bindings: { t: input, out: output },
  params: { count: 'u32', size: 'u32', shift: 'f32' },
  constants: { flip: [false, true] },
});
