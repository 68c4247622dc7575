/** Normalisations: two passes for mean and variance, in float64. */

import { kernels } from '@wick/core';
import { cpuKernel, floats, optionalFloats, sameDtype } from '../kernel.js';

const refuse = sameDtype('x', 'out');

/** Mean and 1 / sqrt(biased variance + eps) of `count` elements from `at` on. */
function moments(x: Float32Array, at: number, count: number, eps: number): [mean: number, inverse: number] {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += x[at + j];
  const mean = sum / count;
  let squares = 0;
  for (let j = 0; j < count; j++) squares += (x[at + j] - mean) ** 2;
  return [mean, 1 / Math.sqrt(squares / count + eps)];
}

/** Units: rows. */
export const layerNorm = cpuKernel(kernels.layerNorm, {
  refuse,
  units: ({ params }) => params.rows,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const weight = optionalFloats(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const { width, eps } = call.params;
    for (let row = begin; row < end; row++) {
      const at = row * width;
      const [mean, inverse] = moments(x, at, width, eps);
      for (let j = 0; j < width; j++) {
        out[at + j] = (x[at + j] - mean) * inverse * (weight?.[j] ?? 1) + (bias?.[j] ?? 0);
      }
    }
  },
});

/** Units: rows. */
export const rmsNorm = cpuKernel(kernels.rmsNorm, {
  refuse,
  units: ({ params }) => params.rows,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const weight = optionalFloats(call, 'weight');
    const out = floats(call, 'out');
    const { width, eps } = call.params;
    for (let row = begin; row < end; row++) {
      const at = row * width;
      let squares = 0;
      for (let j = 0; j < width; j++) squares += x[at + j] ** 2;
      const inverse = 1 / Math.sqrt(squares / width + eps);
      for (let j = 0; j < width; j++) out[at + j] = x[at + j] * inverse * (weight?.[j] ?? 1);
    }
  },
});

/** Units: groups of one sample. The channels of a group lie side by side, so a group is one run of x. */
export const groupNorm = cpuKernel(kernels.groupNorm, {
  refuse,
  units: ({ params }) => params.batch * params.groups,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const weight = optionalFloats(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const { channels, spatial, groups, eps } = call.params;
    const groupChannels = channels / groups;
    for (let unit = begin; unit < end; unit++) {
      const at = unit * groupChannels * spatial;
      const firstChannel = (unit % groups) * groupChannels;
      const [mean, inverse] = moments(x, at, groupChannels * spatial, eps);
      for (let c = 0; c < groupChannels; c++) {
        const scale = inverse * (weight?.[firstChannel + c] ?? 1);
        const shift = bias?.[firstChannel + c] ?? 0;
        const plane = at + c * spatial;
        for (let j = 0; j < spatial; j++) out[plane + j] = (x[plane + j] - mean) * scale + shift;
      }
    }
  },
});

/** Units: channels of one sample. */
export const batchNorm = cpuKernel(kernels.batchNorm, {
  refuse,
  units: ({ params }) => params.batch * params.channels,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const mean = floats(call, 'mean');
    const variance = floats(call, 'variance');
    const weight = optionalFloats(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const { channels, spatial, eps } = call.params;
    for (let unit = begin; unit < end; unit++) {
      const c = unit % channels;
      const scale = (weight?.[c] ?? 1) / Math.sqrt(variance[c] + eps);
      const shift = bias?.[c] ?? 0;
      const plane = unit * spatial;
      for (let j = 0; j < spatial; j++) out[plane + j] = (x[plane + j] - mean[c]) * scale + shift;
    }
  },
});

/** Units: samples. */
export const globalResponseNorm = cpuKernel(kernels.globalResponseNorm, {
  refuse,
  units: ({ params }) => params.batch,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const gamma = floats(call, 'gamma');
    const beta = floats(call, 'beta');
    const out = floats(call, 'out');
    const { spatial, channels } = call.params;
    const norms = new Float64Array(channels);
    for (let sample = begin; sample < end; sample++) {
      const first = sample * spatial * channels;
      norms.fill(0);
      for (let s = 0; s < spatial; s++) {
        for (let c = 0; c < channels; c++) norms[c] += x[first + s * channels + c] ** 2;
      }
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        norms[c] = Math.sqrt(norms[c]);
        sum += norms[c];
      }
      const divisor = sum / channels + 1e-6;
      for (let s = 0; s < spatial; s++) {
        for (let c = 0; c < channels; c++) {
          const value = x[first + s * channels + c];
          out[first + s * channels + c] = gamma[c] * (value * (norms[c] / divisor)) + beta[c] + value;
        }
      }
    }
  },
});
