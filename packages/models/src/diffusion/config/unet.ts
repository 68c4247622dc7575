/** `unet/config.json`: a `UNet2DConditionModel` as Stable Diffusion 1.x and 2.x use it. */

import * as v from 'valibot';
import { parseAs } from '../../schema.js';
import { absent, layers, only, perBlock, positive, size } from './fields.js';
import { refuse } from './refuse.js';

export const UNET_CONFIG = 'unet/config.json';

/** One level of the UNet, from the finest to the coarsest. */
export interface UNetLevel {
  readonly channels: number;
  /** ResNets on the way down; there is one more on the way up. */
  readonly layers: number;
  /** Heads of the attention on this level. */
  readonly heads: number;
  /** Transformer blocks after each ResNet that has any. */
  readonly transformerLayers: number;
  readonly attendsDown: boolean;
  readonly attendsUp: boolean;
}

/** Everything about a UNet but its weights. */
export interface UNetConfig {
  /** Rows and columns of the latents that it was trained on. */
  readonly sampleSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly levels: readonly UNetLevel[];
  /** Width of the text encoder's hidden states. */
  readonly crossAttentionSize: number;
  readonly normGroups: number;
  readonly normEpsilon: number;
  /** Whether the transformers' projections are dense layers in place of 1x1 convolutions. */
  readonly linearProjection: boolean;
  /** Cosines before sines in the embedding of a timestep. */
  readonly flipSinToCos: boolean;
  /** Taken off half the size in the frequencies of that embedding. */
  readonly frequencyShift: number;
  readonly downsamplePadding: number;
}

const DOWN = ['CrossAttnDownBlock2D', 'DownBlock2D'] as const;
const UP = ['CrossAttnUpBlock2D', 'UpBlock2D'] as const;
const oneOrEach = <Item extends v.GenericSchema>(item: Item) => v.union([item, perBlock(item)]);

const schema = v.object({
  sample_size: v.nullish(size, 64),
  in_channels: v.nullish(size, 4),
  out_channels: v.nullish(size, 4),
  down_block_types: perBlock(v.picklist(DOWN)),
  up_block_types: perBlock(v.picklist(UP)),
  block_out_channels: perBlock(size),
  layers_per_block: v.nullish(oneOrEach(layers), 2),
  transformer_layers_per_block: v.nullish(oneOrEach(layers), 1),
  cross_attention_dim: size,
  attention_head_dim: v.nullish(oneOrEach(size), 8),
  num_attention_heads: v.nullish(oneOrEach(size)),
  norm_num_groups: v.nullish(size, 32),
  norm_eps: v.nullish(positive, 1e-5),
  use_linear_projection: v.nullish(v.boolean(), false),
  flip_sin_to_cos: v.nullish(v.boolean(), true),
  freq_shift: v.nullish(v.pipe(v.number(), v.finite()), 0),
  downsample_padding: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1)), 1),
  // What other models built on the class use, and Stable Diffusion 1.x and 2.x do not.
  act_fn: only('silu'),
  addition_embed_type: absent,
  attention_type: only('default'),
  center_input_sample: only(false),
  class_embed_type: absent,
  class_embeddings_concat: only(false),
  conv_in_kernel: only(3),
  conv_out_kernel: only(3),
  cross_attention_norm: absent,
  dual_cross_attention: only(false),
  encoder_hid_dim: absent,
  encoder_hid_dim_type: absent,
  mid_block_only_cross_attention: absent,
  mid_block_scale_factor: only(1),
  mid_block_type: only('UNetMidBlock2DCrossAttn'),
  num_class_embeds: absent,
  only_cross_attention: only(false),
  resnet_out_scale_factor: only(1),
  resnet_skip_time_act: only(false),
  resnet_time_scale_shift: only('default'),
  reverse_transformer_layers_per_block: absent,
  time_cond_proj_dim: absent,
  time_embedding_act_fn: absent,
  time_embedding_dim: absent,
  time_embedding_type: only('positional'),
  timestep_post_act: absent,
});

/**
 * Reads the configuration of a UNet. `attention_head_dim` is, as the class has it, the number of heads
 * unless `num_attention_heads` is given.
 *
 * @throws BAD_MODEL naming the field
 */
export function parseUNetConfig(config: unknown, label = UNET_CONFIG): UNetConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  const { block_out_channels: channels, norm_num_groups: groups } = file;
  const each = (field: string, value: number | number[]): number[] => {
    const list = typeof value === 'number' ? channels.map(() => value) : value;
    if (list.length === channels.length) return list;
    throw refuse(label, field, `has ${list.length} entries, but block_out_channels has ${channels.length}`);
  };
  const count = channels.length;
  for (const field of ['down_block_types', 'up_block_types'] as const) {
    const { length } = file[field];
    if (length !== count) {
      throw refuse(label, field, `has ${length} entries, but block_out_channels has ${count}`);
    }
  }
  const heads = each('attention_head_dim', file.num_attention_heads ?? file.attention_head_dim);
  const depths = each('layers_per_block', file.layers_per_block);
  const transformers = each('transformer_layers_per_block', file.transformer_layers_per_block);
  channels.forEach((own, i) => {
    if (own % groups !== 0)
      throw refuse(label, `block_out_channels.${i}`, `is ${own}, which ${groups} groups do not divide`);
    if (own % heads[i] !== 0)
      throw refuse(label, `attention_head_dim`, `asks for ${heads[i]} heads of ${own} channels`);
  });
  if (channels[0] % 2 !== 0) throw refuse(label, 'block_out_channels.0', `is ${channels[0]}, which is odd`);
  return {
    sampleSize: file.sample_size,
    inChannels: file.in_channels,
    outChannels: file.out_channels,
    levels: channels.map((own, i) => ({
      channels: own,
      layers: depths[i],
      heads: heads[i],
      transformerLayers: transformers[i],
      attendsDown: file.down_block_types[i] === 'CrossAttnDownBlock2D',
      attendsUp: file.up_block_types[count - 1 - i] === 'CrossAttnUpBlock2D',
    })),
    crossAttentionSize: file.cross_attention_dim,
    normGroups: groups,
    normEpsilon: file.norm_eps,
    linearProjection: file.use_linear_projection,
    flipSinToCos: file.flip_sin_to_cos,
    frequencyShift: file.freq_shift,
    downsamplePadding: file.downsample_padding,
  };
}
