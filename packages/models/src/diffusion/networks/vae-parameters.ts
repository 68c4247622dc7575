import type { ParameterInfo } from '../../weights/check.js';
import type { Weights } from '../../weights/weights.js';
import type { VaeConfig } from '../config/vae.js';
import { mapWeights } from '../map-weights.js';
import { ParameterList } from './parameter-list.js';
import { resnetParameters } from './resnet.js';
import { type VaeBlock, vaeStructure } from './vae-structure.js';

/** The parameters of an autoencoder under their diffusers names: the encoder first, then the decoder. */
export function vaeParameters(config: VaeConfig): ParameterInfo[] {
  const { channels, latentChannels, midAttention } = config;
  const { down, up, middle } = vaeStructure(config);
  const [finest] = channels;
  const coarsest = channels[channels.length - 1];
  const list = new ParameterList();
  const levels = (part: ParameterList, blocks: readonly VaeBlock[], resampler: string): void => {
    for (const block of blocks) {
      const level = part.at(block.name);
      block.resnets.forEach((shape, i) => {
        resnetParameters(level.at(`resnets.${i}`), shape);
      });
      if (block.resamples) level.conv2d(`${resampler}.0.conv`, block.channels, block.channels, 3);
    }
  };
  const middleOf = (part: ParameterList): void => {
    const mid = part.at('mid_block');
    resnetParameters(mid.at('resnets.0'), middle);
    if (midAttention) {
      const attention = mid.at('attentions.0');
      attention.norm('group_norm', coarsest);
      for (const name of ['to_q', 'to_k', 'to_v', 'to_out.0']) attention.linear(name, coarsest, coarsest);
    }
    resnetParameters(mid.at('resnets.1'), middle);
  };

  const encoder = list.at('encoder');
  encoder.conv2d('conv_in', config.inChannels, finest, 3);
  levels(encoder, down, 'downsamplers');
  middleOf(encoder);
  encoder.norm('conv_norm_out', coarsest);
  encoder.conv2d('conv_out', coarsest, 2 * latentChannels, 3);
  if (config.quantConv) list.conv2d('quant_conv', 2 * latentChannels, 2 * latentChannels, 1);

  if (config.postQuantConv) list.conv2d('post_quant_conv', latentChannels, latentChannels, 1);
  const decoder = list.at('decoder');
  decoder.conv2d('conv_in', latentChannels, coarsest, 3);
  middleOf(decoder);
  levels(decoder, up, 'upsamplers');
  decoder.norm('conv_norm_out', finest);
  decoder.conv2d('conv_out', finest, config.outChannels, 3);
  return list.parameters;
}

/** What older published files call the four projections of the attention. */
const LEGACY: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

/** The weights of an autoencoder with the projections of its attention under their present names. */
export function withoutLegacyNames(weights: Weights): Weights {
  return mapWeights(weights, ({ name, shape }) => ({
    name: name.replace(
      /(\.attentions\.0\.)(query|key|value|proj_attn)(\.(?:weight|bias))$/,
      (_, before: string, old: string, after: string) => before + LEGACY[old] + after,
    ),
    shape,
  }));
}
