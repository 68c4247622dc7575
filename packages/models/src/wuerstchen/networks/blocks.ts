/**
 * The blocks of Würstchen's two diffusion networks (Pernias et al. 2023), which diffusers calls
 * `ResBlock`, `TimestepBlock` and `AttnBlock`. Their layer norms have no weights.
 */

import { concat, geluErf, globalResponseNorm, layerNorm, silu, type Tensor } from '@wick/tensor';
import type { Layers } from '../../diffusion/networks/layers.js';
import type { ParameterList } from '../../diffusion/networks/parameter-list.js';
import { multiHeadAttention, toPlanes, toTokens } from '../../diffusion/networks/transformer.js';

/** Of every layer norm. */
const EPSILON = 1e-6;
/** Width inside of a block, for each channel. */
const EXPANSION = 4;

/** x [n, channels, h, w] as normalised pixels, [n, h * w, channels]. */
export function normedTokens(x: Tensor): Tensor {
  return layerNorm(toTokens(x), { eps: EPSILON });
}

/** x [n, channels, h, w], normalised pixel by pixel. */
export function normedPlanes(x: Tensor): Tensor {
  const [, , height, width] = x.shape;
  return toPlanes(normedTokens(x), height, width);
}

/**
 * ConvNeXt block with global response (Woo et al. 2023) beside x [n, channels, h, w].
 *
 * @param skip seen behind the depthwise convolution, [n, more, h, w]
 */
export function convolutionBlock(block: Layers, x: Tensor, skip?: Tensor): Tensor {
  const [, channels, height, width] = x.shape;
  const kernel = block.weight('depthwise.weight').shape[2];
  const local = block.conv2d('depthwise', x, { padding: (kernel - 1) / 2, groups: channels });
  const tokens = normedTokens(local);
  const seen = skip === undefined ? tokens : concat([tokens, toTokens(skip)], 2);
  const wide = geluErf(block.linear('channelwise.0', seen));
  const responded = block.part('channelwise.2', (norm) => {
    const vector = (name: string) => norm.weight(name).reshape([-1]);
    return globalResponseNorm(wide, vector('gamma'), vector('beta'));
  });
  return x.add(toPlanes(block.linear('channelwise.4', responded), height, width));
}

/** x [n, channels, h, w] scaled and shifted by what a noise level [n, size] says. */
export function levelBlock(block: Layers, x: Tensor, level: Tensor): Tensor {
  const [batch, channels] = x.shape;
  const mapped = block.linear('mapper', level).reshape([batch, 2 * channels, 1, 1]);
  const [scale, shift] = mapped.split(2, 1);
  return x.mul(scale.add(1)).add(shift);
}

/** Beside x [n, channels, h, w]: what its pixels see in each other and in states [n, length, size]. */
export function attentionBlock(block: Layers, x: Tensor, states: Tensor, heads: number): Tensor {
  const [, , height, width] = x.shape;
  const told = block.part('kv_mapper', (mapper) => mapper.linear('1', silu(states)));
  const tokens = normedTokens(x);
  const attended = block.part('attention', (part) => {
    const seen = multiHeadAttention(part, tokens, concat([tokens, told], 1), heads);
    return toPlanes(seen, height, width);
  });
  return x.add(attended);
}

/** @param skip channels beside x */
export function convolutionParameters(
  list: ParameterList,
  width: number,
  kernel: number,
  skip: number,
): void {
  list.add('depthwise.weight', width, 1, kernel, kernel);
  list.add('depthwise.bias', width);
  list.linear('channelwise.0', width + skip, EXPANSION * width);
  list.add('channelwise.2.gamma', 1, 1, 1, EXPANSION * width);
  list.add('channelwise.2.beta', 1, 1, 1, EXPANSION * width);
  list.linear('channelwise.4', EXPANSION * width, width);
}

export function levelParameters(list: ParameterList, width: number, levelSize: number): void {
  list.linear('mapper', levelSize, 2 * width);
}

export function attentionParameters(list: ParameterList, width: number, stateSize: number): void {
  list.linear('kv_mapper.1', stateSize, width);
  for (const name of ['to_q', 'to_k', 'to_v', 'to_out.0']) list.linear(`attention.${name}`, width, width);
}
