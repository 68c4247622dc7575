/** Matrix products, and products with block-quantised weights. */

import { catalogueKernel } from '../contract.js';

const FLOATS = ['float32', 'float16'] as const;

/**
 * Block formats of GGUF. A row of `k` weights is a run of blocks; the layouts are those of ggml's
 * `block_q8_0`, `block_q4_0`, `block_q4_K`, `block_q6_K`, with float16 scales.
 */
export const QUANTIZED_FORMATS = ['Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'] as const;
export type QuantizedFormat = (typeof QUANTIZED_FORMATS)[number];

/** Weights in a block, and the bytes that it takes. */
export const QUANTIZED_BLOCKS: Readonly<Record<QuantizedFormat, { elements: number; bytes: number }>> = {
  Q8_0: { elements: 32, bytes: 34 },
  Q4_0: { elements: 32, bytes: 18 },
  Q4_K: { elements: 256, bytes: 144 },
  Q6_K: { elements: 256, bytes: 210 },
};

/**
 * out[b, m, n] = sum over k of A[b, m, k] * B[b, k, n] + bias[n], accumulated in float32 or better. A is
 * stored [.., m, k], or [.., k, m] where `transposeA`; B is stored [.., k, n], or [.., n, k] where
 * `transposeB`. Batch axes (at most four, right-aligned) stand at aBatchStrides and bBatchStrides, in
 * elements, 0 where broadcast. a, b and out may mix float32 and float16. Grid: [n, m, batch].
 */
export const matmul = catalogueKernel({
  name: 'matmul',
  bindings: {
    a: { access: 'read', dtypes: FLOATS },
    b: { access: 'read', dtypes: FLOATS },
    bias: { access: 'read', dtypes: FLOATS, optional: true },
    out: { access: 'write', dtypes: FLOATS },
  },
  params: {
    m: 'u32',
    n: 'u32',
    k: 'u32',
    batch: 'u32',
    batchShape: 'u32x4',
    aBatchStrides: 'u32x4',
    bBatchStrides: 'u32x4',
  },
  constants: { transposeA: [false, true], transposeB: [false, true] },
});

/**
 * out[m, n] = sum over k of x[m, k] * W[n, k] + bias[n]; W is [n, k] in blocks of `format`, k a multiple of
 * the block. Grid: [n, m, 1].
 */
export const quantizedMatmul = catalogueKernel({
  name: 'quantized_matmul',
  bindings: {
    x: { access: 'read', dtypes: FLOATS },
    weight: { access: 'read', dtypes: ['uint8'] },
    bias: { access: 'read', dtypes: FLOATS, optional: true },
    out: { access: 'write', dtypes: FLOATS },
  },
  params: { m: 'u32', n: 'u32', k: 'u32' },
  constants: { format: QUANTIZED_FORMATS },
});

/** out[i] = weight i of a run of blocks of `format`. Grid: [size, 1, 1]. */
export const dequantize = catalogueKernel({
  name: 'dequantize',
  bindings: { weight: { access: 'read', dtypes: ['uint8'] }, out: { access: 'write', dtypes: FLOATS } },
  params: { size: 'u32' },
  constants: { format: QUANTIZED_FORMATS },
});

/**
 * out[i, :] = row index[i] of W, dequantised; W is [rows, width] in blocks of `format`; an index outside is
 * clamped. Grid: [width, count, 1].
 */
export const quantizedEmbedding = catalogueKernel({
  name: 'quantized_embedding',
  bindings: {
    weight: { access: 'read', dtypes: ['uint8'] },
    index: { access: 'read', dtypes: ['int32'] },
    out: { access: 'write', dtypes: FLOATS },
  },
  params: { rows: 'u32', width: 'u32', count: 'u32' },
  constants: { format: QUANTIZED_FORMATS },
});
