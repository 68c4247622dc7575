/** What an autoencoder is made of: the forward passes and the list of parameters both follow it. */

import type { VaeConfig } from '../config/vae.js';
import type { ResnetShape } from './unet-structure.js';

/** One level of the encoder or of the decoder, in the order in which it is run. */
export interface VaeBlock {
  /** As its weights are called inside of the encoder or decoder: `down_blocks.0`. */
  readonly name: string;
  readonly channels: number;
  readonly resnets: readonly ResnetShape[];
  /** Whether it ends with a convolution that halves or doubles rows and columns. */
  readonly resamples: boolean;
}

export interface VaeStructure {
  readonly down: readonly VaeBlock[];
  readonly up: readonly VaeBlock[];
  /** Of the two ResNets in the middle. */
  readonly middle: ResnetShape;
}

export function vaeStructure({ channels, layersPerBlock }: VaeConfig): VaeStructure {
  const blocks = (kind: string, list: readonly number[], count: number): VaeBlock[] =>
    list.map((own, i) => ({
      name: `${kind}.${i}`,
      channels: own,
      resnets: Array.from({ length: count }, (_, j) => ({
        inChannels: j === 0 && i > 0 ? list[i - 1] : own,
        outChannels: own,
      })),
      resamples: i < list.length - 1,
    }));
  const coarsest = channels[channels.length - 1];
  return {
    down: blocks('down_blocks', channels, layersPerBlock),
    up: blocks('up_blocks', [...channels].reverse(), layersPerBlock + 1),
    middle: { inChannels: coarsest, outChannels: coarsest },
  };
}
