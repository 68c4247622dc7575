/** Normalisations. Weights and biases may be float32 or float16, whatever the dtype of x. */

import { catalogueKernel } from '../contract.js';

const FLOATS = ['float32', 'float16'] as const;
const input = { access: 'read', dtypes: FLOATS } as const;
const optional = { access: 'read', dtypes: FLOATS, optional: true } as const;
const output = { access: 'write', dtypes: FLOATS } as const;

/**
 * Per row: (x - mean) / sqrt(biased variance + eps) * weight + bias. Ba, Kiros, Hinton 2016. Grid: [rows, 1,
 * 1].
 */
export const layerNorm = catalogueKernel({
  name: 'layer_norm',
  bindings: { x: input, weight: optional, bias: optional, out: output },
  params: { rows: 'u32', width: 'u32', eps: 'f32' },
});

/** Per row: x / sqrt(mean of squares + eps) * weight. Zhang, Sennrich 2019. Grid: [rows, 1, 1]. */
export const rmsNorm = catalogueKernel({
  name: 'rms_norm',
  bindings: { x: input, weight: optional, out: output },
  params: { rows: 'u32', width: 'u32', eps: 'f32' },
});

/**
 * x is [batch, channels, spatial]; per sample and group of channels: (x - mean) / sqrt(biased variance +
 * eps), then weight and bias per channel. Wu, He 2018. Grid: [groups, batch, 1].
 */
export const groupNorm = catalogueKernel({
  name: 'group_norm',
  bindings: { x: input, weight: optional, bias: optional, out: output },
  params: { batch: 'u32', channels: 'u32', spatial: 'u32', groups: 'u32', eps: 'f32' },
});

/**
 * Inference: x is [batch, channels, spatial]; (x - mean[c]) / sqrt(variance[c] + eps) * weight[c] + bias[c].
 * Grid: [spatial, channels, batch].
 */
export const batchNorm = catalogueKernel({
  name: 'batch_norm',
  bindings: { x: input, mean: input, variance: input, weight: optional, bias: optional, out: output },
  params: { batch: 'u32', channels: 'u32', spatial: 'u32', eps: 'f32' },
});

/**
 * x is [batch, spatial, channels]; g[c] = sqrt(sum over spatial of x^2), s[c] = g[c] / (mean of g over
 * channels + 1e-6), out = gamma * (x * s) + beta + x. Woo et al. 2023 (ConvNeXt V2). Grid: [batch, 1, 1].
 */
export const globalResponseNorm = catalogueKernel({
  name: 'global_response_norm',
  bindings: { x: input, gamma: input, beta: input, out: output },
  params: { batch: 'u32', spatial: 'u32', channels: 'u32' },
});
