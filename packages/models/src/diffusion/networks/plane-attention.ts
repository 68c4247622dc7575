import { MAX_HEAD_SIZE } from '@wick/core';
import { attention, type Tensor } from '@wick/tensor';
import type { Layers } from './layers.js';
import { toPlanes, toTokens } from './transformer.js';

const EPSILON = 1e-6;

/** Attention with one head between the pixels of x [n, channels, h, w], beside x itself. */
export function planeAttention(layers: Layers, x: Tensor, groups: number): Tensor {
  const [, , height, width] = x.shape;
  const tokens = toTokens(layers.groupNorm('group_norm', x, groups, EPSILON));
  const q = layers.linear('to_q', tokens);
  const k = layers.linear('to_k', tokens);
  const v = layers.linear('to_v', tokens);
  const attended = layers.linear('to_out.0', layers.show('attention', attend(q, k, v)));
  return toPlanes(attended, height, width).add(x);
}

/** q, k and v are [n, length, size]. */
function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [batch, length, size] = q.shape;
  if (size <= MAX_HEAD_SIZE) {
    const head = (x: Tensor) => x.reshape([batch, length, 1, size]);
    return attention(head(q), head(k), head(v), { layout: 'blhd' }).reshape(q.shape);
  }
  // Stable Diffusion's 512 channels are more than the kernel's heads may have, so the scores are written out.
  return q
    .mul(size ** -0.5)
    .matmul(k, { transposeB: true })
    .softmax(-1)
    .matmul(v);
}
