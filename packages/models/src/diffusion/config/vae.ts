/** `vae/config.json`: an `AutoencoderKL`. */

import * as v from 'valibot';
import { parseAs } from '../../schema.js';
import { absent, layers, only, perBlock, positive, size } from './fields.js';
import { refuse } from './refuse.js';

export const VAE_CONFIG = 'vae/config.json';

/** Everything about an autoencoder but its weights. */
export interface VaeConfig {
  /** Rows and columns of the pictures that it was trained on. */
  readonly sampleSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  /** From the finest level to the coarsest; each but the last halves rows and columns. */
  readonly channels: readonly number[];
  /** ResNets of each level of the encoder; the decoder has one more. */
  readonly layersPerBlock: number;
  readonly normGroups: number;
  /** What latents are multiplied by before the UNet sees them. */
  readonly scalingFactor: number;
  /** What latents are shifted by before they are scaled. */
  readonly shiftFactor: number;
  /** Whether there is an attention between the two ResNets in the middle. */
  readonly midAttention: boolean;
  readonly quantConv: boolean;
  readonly postQuantConv: boolean;
}

const schema = v.object({
  sample_size: v.nullish(size, 32),
  in_channels: v.nullish(size, 3),
  out_channels: v.nullish(size, 3),
  latent_channels: v.nullish(size, 4),
  block_out_channels: perBlock(size),
  down_block_types: perBlock(v.literal('DownEncoderBlock2D')),
  up_block_types: perBlock(v.literal('UpDecoderBlock2D')),
  layers_per_block: v.nullish(layers, 1),
  norm_num_groups: v.nullish(size, 32),
  scaling_factor: v.nullish(positive, 0.18215),
  shift_factor: v.nullish(v.pipe(v.number(), v.finite())),
  mid_block_add_attention: v.nullish(v.boolean(), true),
  use_quant_conv: v.nullish(v.boolean(), true),
  use_post_quant_conv: v.nullish(v.boolean(), true),
  act_fn: only('silu'),
  latents_mean: absent,
  latents_std: absent,
});

/** @throws BAD_MODEL naming the field */
export function parseVaeConfig(config: unknown, label = VAE_CONFIG): VaeConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  const { block_out_channels: channels, norm_num_groups: groups } = file;
  for (const field of ['down_block_types', 'up_block_types'] as const) {
    const { length } = file[field];
    if (length !== channels.length) {
      throw refuse(label, field, `has ${length} entries, but block_out_channels has ${channels.length}`);
    }
  }
  channels.forEach((own, i) => {
    if (own % groups !== 0)
      throw refuse(label, `block_out_channels.${i}`, `is ${own}, which ${groups} groups do not divide`);
  });
  return {
    sampleSize: file.sample_size,
    inChannels: file.in_channels,
    outChannels: file.out_channels,
    latentChannels: file.latent_channels,
    channels,
    layersPerBlock: file.layers_per_block,
    normGroups: groups,
    scalingFactor: file.scaling_factor,
    shiftFactor: file.shift_factor ?? 0,
    midAttention: file.mid_block_add_attention,
    quantConv: file.use_quant_conv,
    postQuantConv: file.use_post_quant_conv,
  };
}

/** Rows of a picture for each row of its latents. */
export function vaeScale(config: VaeConfig): number {
  return 2 ** (config.channels.length - 1);
}
