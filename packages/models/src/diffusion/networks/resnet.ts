import type { Tensor } from '@wick/tensor';
import type { Layers } from './layers.js';
import type { ParameterList } from './parameter-list.js';
import type { ResnetShape } from './unet-structure.js';

/** Zeros below and right only: how `Downsample2D` pads where its padding is 0. */
export const PAD_AFTER = [0, 1, 0, 1] as const;

/** Options of {@link resnet}. */
export interface ResnetOptions {
  readonly groups: number;
  readonly eps: number;
  /** The embedded timestep after its activation, [batch or 1, timeSize]; left out in an autoencoder. */
  readonly time?: Tensor | undefined;
}

/**
 * `ResnetBlock2D`: x [n, in, h, w] to [n, out, h, w] through two normed convolutions, beside x itself or,
 * where the channels differ, a 1x1 convolution of it.
 */
export function resnet(layers: Layers, x: Tensor, shape: ResnetShape, options: ResnetOptions): Tensor {
  const { groups, eps, time } = options;
  let hidden = layers.conv2d('conv1', layers.groupNorm('norm1', x, groups, eps).silu(), { padding: 1 });
  if (time !== undefined) {
    const shift = layers.linear('time_emb_proj', time);
    hidden = hidden.add(shift.reshape([...shift.shape, 1, 1]));
  }
  hidden = layers.conv2d('conv2', layers.groupNorm('norm2', hidden, groups, eps).silu(), { padding: 1 });
  const beside = shape.inChannels === shape.outChannels ? x : layers.conv2d('conv_shortcut', x);
  return beside.add(hidden);
}

/** @param timeSize width of the embedded timestep; left out in an autoencoder */
export function resnetParameters(list: ParameterList, shape: ResnetShape, timeSize?: number): void {
  const { inChannels, outChannels } = shape;
  list.norm('norm1', inChannels);
  list.conv2d('conv1', inChannels, outChannels, 3);
  if (timeSize !== undefined) list.linear('time_emb_proj', timeSize, outChannels);
  list.norm('norm2', outChannels);
  list.conv2d('conv2', outChannels, outChannels, 3);
  if (inChannels !== outChannels) list.conv2d('conv_shortcut', inChannels, outChannels, 1);
}
