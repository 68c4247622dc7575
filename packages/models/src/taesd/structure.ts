/**
 * The layers of the tiny autoencoders of the TAESD family (https://github.com/madebyollin/taesd): 3x3
 * convolutions of 64 channels with ReLU. Each list is a `torch.nn.Sequential`, so a layer's index is the
 * name of its weights.
 */

import { ParameterList } from '../diffusion/networks/parameter-list.js';
import type { ParameterInfo } from '../weights/check.js';

/** One entry of the sequence. */
export type TaesdLayer =
  | {
      /** 3x3, padding 1. */
      readonly kind: 'conv';
      readonly inputs: number;
      readonly outputs: number;
      readonly stride: 1 | 2;
      readonly bias: boolean;
    }
  /**
   * relu(x + three 3x3 convolutions of x), behind, where it is pooled, x + a branch that sees the whole
   * picture through the statistics of a group norm.
   */
  | { readonly kind: 'block'; readonly pooled: boolean }
  /** tanh(x / 3) * 3. */
  | { readonly kind: 'clamp' }
  | { readonly kind: 'relu' }
  /** Twice the rows and columns, nearest. */
  | { readonly kind: 'upsample' };

/** What tells the models of the family apart. */
export interface TaesdConfig {
  /** 4 for Stable Diffusion, 16 for its third version and FLUX.1, 32 for FLUX.2. */
  readonly latentChannels: number;
  /** Whether the three blocks at the lowest resolution have the pooled branch. */
  readonly pooled: boolean;
}

/** Channels between the layers. */
export const TAESD_WIDTH = 64;
/** Channels of the pooled branch, and the groups that they are normalised in. */
export const POOL_WIDTH = 256;
export const POOL_GROUPS = 4;
/** Rows of a picture for each row of its latents. */
export const TAESD_SCALE = 8;

const conv = (inputs: number, outputs: number, stride: 1 | 2 = 1, bias = true): TaesdLayer => ({
  kind: 'conv',
  inputs,
  outputs,
  stride,
  bias,
});
const block = (pooled = false): TaesdLayer => ({ kind: 'block', pooled });
const three = (pooled = false): TaesdLayer[] => [block(pooled), block(pooled), block(pooled)];
const halve = (): TaesdLayer => conv(TAESD_WIDTH, TAESD_WIDTH, 2, false);
const double = (): TaesdLayer[] => [{ kind: 'upsample' }, conv(TAESD_WIDTH, TAESD_WIDTH, 1, false)];

/** Pictures [n, 3, h, w] in [0, 1] to latents [n, latentChannels, h / 8, w / 8]. */
export function encoderLayers({ latentChannels, pooled }: TaesdConfig): readonly TaesdLayer[] {
  return [
    ...[conv(3, TAESD_WIDTH), block()],
    ...[halve(), ...three()],
    ...[halve(), ...three()],
    ...[halve(), ...three(pooled)],
    conv(TAESD_WIDTH, latentChannels),
  ];
}

/** Latents [n, latentChannels, h, w] to pictures [n, 3, 8 h, 8 w], about [0, 1]. */
export function decoderLayers({ latentChannels, pooled }: TaesdConfig): readonly TaesdLayer[] {
  return [
    { kind: 'clamp' },
    ...[conv(latentChannels, TAESD_WIDTH), { kind: 'relu' } as const],
    ...[...three(pooled), ...double()],
    ...[...three(), ...double()],
    ...[...three(), ...double()],
    ...[block(), conv(TAESD_WIDTH, 3)],
  ];
}

/** The parameters of a sequence, under the names that its files have. */
export function taesdParameters(layers: readonly TaesdLayer[]): ParameterInfo[] {
  const list = new ParameterList();
  for (const [index, layer] of layers.entries()) {
    if (layer.kind === 'conv') {
      list.add(`${index}.weight`, layer.outputs, layer.inputs, 3, 3);
      if (layer.bias) list.add(`${index}.bias`, layer.outputs);
    } else if (layer.kind === 'block') {
      for (const name of CONVOLUTIONS) list.conv2d(`${index}.${name}`, TAESD_WIDTH, TAESD_WIDTH, 3);
      if (layer.pooled) {
        list.add(`${index}.pool.0.weight`, POOL_WIDTH, TAESD_WIDTH, 1, 1);
        list.norm(`${index}.pool.1`, POOL_WIDTH);
        list.add(`${index}.pool.3.weight`, TAESD_WIDTH, POOL_WIDTH, 1, 1);
      }
    }
  }
  return list.parameters;
}

/** The convolutions of a block, in order. */
export const CONVOLUTIONS = ['conv.0', 'conv.2', 'conv.4'] as const;

/**
 * Where a sequence is cut in two: the part at the higher resolutions, in which an output sees its
 * surroundings only, and the part at the lowest one, in which it may see everything. The encoder begins
 * with the former, the decoder with the latter; the number is the index of the second part.
 */
export function splitIndex(layers: readonly TaesdLayer[]): number {
  const upsampling = layers.findIndex(({ kind }) => kind === 'upsample');
  if (upsampling >= 0) return upsampling;
  return 1 + layers.findLastIndex((layer) => layer.kind === 'conv' && layer.stride === 2);
}

/** How far an output of a sequence sees, in rows of its input. Blocks are not pooled. */
export function reachOf(layers: readonly TaesdLayer[]): number {
  // Backwards: rows that are needed beyond a row of what comes out.
  return layers.reduceRight((rows, layer) => {
    switch (layer.kind) {
      case 'conv':
        return layer.stride * rows + 1;
      case 'block':
        return rows + CONVOLUTIONS.length;
      case 'upsample':
        return Math.ceil(rows / 2);
      default:
        return rows;
    }
  }, 0);
}
