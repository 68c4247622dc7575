/** The layers of a `PaellaVQModel` in order: what its parameters and its forward passes both follow. */

import { ParameterList } from '../../diffusion/networks/parameter-list.js';
import type { ParameterInfo } from '../../weights/check.js';
import type { VqganConfig } from '../config/vqgan.js';

/** Width inside of a mixing block, for each channel. */
const EXPANSION = 4;

/** One entry of `down_blocks` or `up_blocks`. */
export interface VqganBlock {
  /** `down_blocks.0` */
  readonly name: string;
  readonly kind: 'mix' | 'halve' | 'double' | 'toLatents' | 'fromLatents';
  readonly inputs: number;
  readonly outputs: number;
}

export interface VqganStructure {
  readonly down: readonly VqganBlock[];
  readonly up: readonly VqganBlock[];
}

type Unnamed = Omit<VqganBlock, 'name'>;

export function vqganStructure({ widths, bottleneckBlocks, latentChannels }: VqganConfig): VqganStructure {
  const coarsest = widths.at(-1) ?? 0;
  const mix = (width: number): Unnamed => ({ kind: 'mix', inputs: width, outputs: width });
  const down = widths.flatMap((width, i): Unnamed[] =>
    i === 0 ? [mix(width)] : [{ kind: 'halve', inputs: widths[i - 1], outputs: width }, mix(width)],
  );
  const up = widths.toReversed().flatMap((width, i): Unnamed[] => {
    const blocks = Array.from({ length: i === 0 ? bottleneckBlocks : 1 }, () => mix(width));
    const finer = widths[widths.length - 2 - i];
    return finer === undefined ? blocks : [...blocks, { kind: 'double', inputs: width, outputs: finer }];
  });
  const named = (name: string, blocks: readonly Unnamed[]): VqganBlock[] =>
    blocks.map((block, i) => ({ ...block, name: `${name}.${i}` }));
  return {
    down: named('down_blocks', [...down, { kind: 'toLatents', inputs: coarsest, outputs: latentChannels }]),
    up: named('up_blocks', [{ kind: 'fromLatents', inputs: latentChannels, outputs: coarsest }, ...up]),
  };
}

/** How far a pixel of a decoded picture sees, in rows of latents. */
export function decodeReach({ up }: VqganStructure): number {
  // Backwards: rows that are needed beyond a row of what comes out.
  return up.reduceRight((rows, { kind }) => {
    if (kind === 'double') return Math.ceil(rows / 2) + 1;
    return kind === 'mix' ? rows + 1 : rows;
  }, 0);
}

/** The parameters of an autoencoder under their published names. */
export function vqganParameters(config: VqganConfig): ParameterInfo[] {
  const { inChannels, outChannels, patchSize, widths, latentChannels, codeCount } = config;
  const finest = widths[0] ?? 0;
  const list = new ParameterList();
  const { down, up } = vqganStructure(config);
  list.conv2d('in_block.1', inChannels * patchSize ** 2, finest, 1);
  for (const block of [...down, ...up]) blockParameters(list.at(block.name), block);
  list.add('vquantizer.embedding.weight', codeCount, latentChannels);
  list.conv2d('out_block.0', finest, outChannels * patchSize ** 2, 1);
  return list.parameters;
}

function blockParameters(list: ParameterList, { kind, inputs, outputs }: VqganBlock): void {
  switch (kind) {
    case 'mix':
      list.add('depthwise.1.weight', inputs, 1, 3, 3);
      list.add('depthwise.1.bias', inputs);
      list.linear('channelwise.0', inputs, EXPANSION * inputs);
      list.linear('channelwise.2', EXPANSION * inputs, inputs);
      list.add('gammas', 6);
      break;
    case 'halve':
    case 'double': {
      // A transposed convolution has its inputs in front.
      const [first, second] = kind === 'halve' ? [outputs, inputs] : [inputs, outputs];
      list.add('weight', first, second, 4, 4);
      list.add('bias', outputs);
      break;
    }
    case 'toLatents':
      list.add('0.weight', outputs, inputs, 1, 1);
      list.norm('1', outputs);
      list.add('1.running_mean', outputs);
      list.add('1.running_var', outputs);
      break;
    case 'fromLatents':
      list.conv2d('0', inputs, outputs, 1);
      break;
  }
}

/** Whether a tensor in a file is one that no computation needs: how often a norm has been trained. */
export function isRedundantVqganTensor(name: string): boolean {
  return /^down_blocks\.\d+\.1\.num_batches_tracked$/.test(name);
}
