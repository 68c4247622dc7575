/** `Transformer2DModel`: attention between the pixels of a level, and from them to the text. */

import { attention, type Tensor } from '@wick/tensor';
import type { UNetConfig } from '../config/unet.js';
import type { Layers } from './layers.js';
import type { ParameterList } from './parameter-list.js';
import type { TransformerShape } from './unet-structure.js';

/** Of the group norm in front; the class has no option for it. */
const GROUP_EPSILON = 1e-6;
const LAYER_EPSILON = 1e-5;

/**
 * x [n, channels, h, w] to the same shape, beside x itself.
 *
 * @param states hidden states of the text, [n, length, crossAttentionSize]
 */
export function transformer(
  layers: Layers,
  x: Tensor,
  states: Tensor,
  { heads, layers: count }: TransformerShape,
  { normGroups, linearProjection }: UNetConfig,
): Tensor {
  const normed = layers.groupNorm('norm', x, normGroups, GROUP_EPSILON);
  let hidden = linearProjection
    ? layers.linear('proj_in', toTokens(normed))
    : toTokens(layers.conv2d('proj_in', normed));
  for (let i = 0; i < count; i++) {
    const before = hidden;
    hidden = layers.part(`transformer_blocks.${i}`, (block) =>
      transformerBlock(block, before, states, heads),
    );
  }
  const [, , height, width] = x.shape;
  const projected = linearProjection
    ? toPlanes(layers.linear('proj_out', hidden), height, width)
    : layers.conv2d('proj_out', toPlanes(hidden, height, width));
  return projected.add(x);
}

/** `BasicTransformerBlock`: x [n, pixels, channels] to the same shape. */
function transformerBlock(block: Layers, x: Tensor, states: Tensor, heads: number): Tensor {
  const norm = (name: string, value: Tensor) => block.layerNorm(name, value, LAYER_EPSILON);
  const attend = (name: string, query: Tensor, source: Tensor) =>
    block.part(name, (part) => multiHeadAttention(part, query, source, heads));
  const own = norm('norm1', x);
  const seen = x.add(attend('attn1', own, own));
  const told = seen.add(attend('attn2', norm('norm2', seen), states));
  const normed = norm('norm3', told);
  return told.add(
    block.part('ff', (part) => part.linear('net.2', part.linear('net.0.proj', normed).geglu())),
  );
}

/** `Attention`: query [n, l, channels] to the same shape, looking at source [n, m, size]. */
export function multiHeadAttention(part: Layers, query: Tensor, source: Tensor, heads: number): Tensor {
  const split = (x: Tensor) => {
    const [batch, length, width] = x.shape;
    return x.reshape([batch, length, heads, width / heads]);
  };
  const q = split(part.linear('to_q', query));
  const k = split(part.linear('to_k', source));
  const v = split(part.linear('to_v', source));
  const attended = part.show('attention', attention(q, k, v, { layout: 'blhd' }));
  return part.linear('to_out.0', attended.reshape(query.shape));
}

/** [n, channels, h, w] to [n, h * w, channels]. */
export function toTokens(x: Tensor): Tensor {
  return x.flatten(2).transpose(1, 2);
}

/** [n, height * width, channels] to [n, channels, height, width]. */
export function toPlanes(x: Tensor, height: number, width: number): Tensor {
  const [batch, , channels] = x.shape;
  return x.transpose(1, 2).reshape([batch, channels, height, width]);
}

export function transformerParameters(
  list: ParameterList,
  { channels, layers }: TransformerShape,
  { crossAttentionSize, linearProjection }: UNetConfig,
): void {
  const project = (name: string) =>
    linearProjection ? list.linear(name, channels, channels) : list.conv2d(name, channels, channels, 1);
  list.norm('norm', channels);
  project('proj_in');
  for (let i = 0; i < layers; i++) {
    const block = list.at(`transformer_blocks.${i}`);
    const attend = (name: string, sourceSize: number): void => {
      const part = block.at(name);
      part.linear('to_q', channels, channels, false);
      part.linear('to_k', sourceSize, channels, false);
      part.linear('to_v', sourceSize, channels, false);
      part.linear('to_out.0', channels, channels);
    };
    block.norm('norm1', channels);
    attend('attn1', channels);
    block.norm('norm2', channels);
    attend('attn2', crossAttentionSize);
    block.norm('norm3', channels);
    block.linear('ff.net.0.proj', channels, 8 * channels);
    block.linear('ff.net.2', 4 * channels, channels);
  }
  project('proj_out');
}
