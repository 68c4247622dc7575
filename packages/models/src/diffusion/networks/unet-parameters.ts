import type { ParameterInfo } from '../../weights/check.js';
import type { UNetConfig } from '../config/unet.js';
import { ParameterList } from './parameter-list.js';
import { resnetParameters } from './resnet.js';
import { transformerParameters } from './transformer.js';
import { type UNetBlock, unetStructure } from './unet-structure.js';

/** The parameters of a UNet under their diffusers names, in the order in which they are used. */
export function unetParameters(config: UNetConfig): ParameterInfo[] {
  const { down, middle, up, timeSize } = unetStructure(config);
  const first = config.levels[0].channels;
  const list = new ParameterList();
  list.conv2d('conv_in', config.inChannels, first, 3);
  list.linear('time_embedding.linear_1', first, timeSize);
  list.linear('time_embedding.linear_2', timeSize, timeSize);
  const block = (own: UNetBlock, resampler: string | undefined): void => {
    const part = list.at(own.name);
    own.resnets.forEach((shape, i) => {
      resnetParameters(part.at(`resnets.${i}`), shape, timeSize);
    });
    const attentions = own.transformer === undefined ? 0 : own.resnets.length;
    for (let i = 0; i < (own === middle ? 1 : attentions); i++) {
      if (own.transformer !== undefined) {
        transformerParameters(part.at(`attentions.${i}`), own.transformer, config);
      }
    }
    if (resampler !== undefined && own.resamples) {
      part.conv2d(`${resampler}.0.conv`, own.channels, own.channels, 3);
    }
  };
  for (const own of down) block(own, 'downsamplers');
  block(middle, undefined);
  for (const own of up) block(own, 'upsamplers');
  list.norm('conv_norm_out', first);
  list.conv2d('conv_out', first, config.outChannels, 3);
  return list.parameters;
}
