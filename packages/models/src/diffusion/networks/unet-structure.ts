/** What a UNet is made of, block by block: the forward pass and the list of parameters both follow it. */

import type { UNetConfig, UNetLevel } from '../config/unet.js';

/** Channels of one ResNet. Where they differ it has a `conv_shortcut`. */
export interface ResnetShape {
  readonly inChannels: number;
  readonly outChannels: number;
}

/** The transformers of a block, all alike. */
export interface TransformerShape {
  readonly channels: number;
  readonly heads: number;
  readonly layers: number;
}

/** A down block, the middle or an up block. */
export interface UNetBlock {
  /** As its weights are called: `down_blocks.0`, `mid_block`. */
  readonly name: string;
  readonly channels: number;
  readonly resnets: readonly ResnetShape[];
  /** One after each ResNet; in the middle, between the two. */
  readonly transformer: TransformerShape | undefined;
  /** Whether it ends with a convolution that halves or doubles rows and columns. */
  readonly resamples: boolean;
}

export interface UNetStructure {
  readonly down: readonly UNetBlock[];
  readonly middle: UNetBlock;
  readonly up: readonly UNetBlock[];
  /** Width of the embedded timestep. */
  readonly timeSize: number;
}

/** The blocks of a UNet, in the order in which they are run. */
export function unetStructure(config: UNetConfig): UNetStructure {
  const { levels } = config;
  const last = levels.length - 1;
  const [finest] = levels;
  const coarsest = levels[last];
  const down = levels.map((level, i): UNetBlock => {
    const entering = i === 0 ? finest.channels : levels[i - 1].channels;
    return {
      name: `down_blocks.${i}`,
      channels: level.channels,
      resnets: Array.from({ length: level.layers }, (_, j) => ({
        inChannels: j === 0 ? entering : level.channels,
        outChannels: level.channels,
      })),
      transformer: level.attendsDown ? transformerOf(level) : undefined,
      resamples: i < last,
    };
  });
  const same = { inChannels: coarsest.channels, outChannels: coarsest.channels };
  const middle: UNetBlock = {
    name: 'mid_block',
    channels: coarsest.channels,
    resnets: [same, same],
    transformer: transformerOf(coarsest),
    resamples: false,
  };
  const up = [...levels].reverse().map((level, i): UNetBlock => {
    const at = last - i;
    const entering = i === 0 ? coarsest.channels : levels[at + 1].channels;
    // The last of the skips comes from the level above, or from conv_in.
    const lastSkip = at === 0 ? finest.channels : levels[at - 1].channels;
    return {
      name: `up_blocks.${i}`,
      channels: level.channels,
      resnets: Array.from({ length: level.layers + 1 }, (_, j) => ({
        inChannels: (j === 0 ? entering : level.channels) + (j === level.layers ? lastSkip : level.channels),
        outChannels: level.channels,
      })),
      transformer: level.attendsUp ? transformerOf(level) : undefined,
      resamples: i < last,
    };
  });
  return { down, middle, up, timeSize: 4 * finest.channels };
}

function transformerOf(level: UNetLevel): TransformerShape {
  return { channels: level.channels, heads: level.heads, layers: level.transformerLayers };
}
