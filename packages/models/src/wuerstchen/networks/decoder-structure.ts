/** The layers of a `WuerstchenDiffNeXt` in order: what its parameters and its forward pass both follow. */

import { ParameterList } from '../../diffusion/networks/parameter-list.js';
import type { ParameterInfo } from '../../weights/check.js';
import type { DecoderConfig, DiffNextKind, DiffNextLevelConfig } from '../config/decoder.js';
import { attentionParameters, convolutionParameters, levelParameters } from './blocks.js';

/** One block of a level; its index is its name. */
export type DiffNextBlock =
  /** To half the rows and columns, or to twice as many. */
  | { readonly kind: 'resample'; readonly inputs: number; readonly outputs: number }
  | {
      readonly kind: 'convolution';
      /** Channels of the result of the level at the same resolution on the way down, which it sees, or 0. */
      readonly beside: number;
    }
  | { readonly kind: 'level' }
  | { readonly kind: 'attention'; readonly heads: number };

export interface DiffNextLevel {
  /** `down_blocks.0` */
  readonly name: string;
  readonly width: number;
  readonly blocks: readonly DiffNextBlock[];
  /** The layer that brings image embeddings to its width; undefined where it does not see them. */
  readonly mapper: string | undefined;
}

/** Both ways through the levels. */
export interface DiffNextStructure {
  readonly down: readonly DiffNextLevel[];
  readonly up: readonly DiffNextLevel[];
}

export function decoderStructure({ levels }: DecoderConfig): DiffNextStructure {
  const count = levels.length;
  const mapperOf = (level: DiffNextLevelConfig, index: number) =>
    level.seesEmbeddings ? `effnet_mappers.${index}` : undefined;
  const down = levels.map((level, i) => {
    const halve = i === 0 ? [] : [resample(levels[i - 1].width, level.width)];
    const blocks = [...halve, ...repeated(level, 0)];
    return { name: `down_blocks.${i}`, width: level.width, blocks, mapper: mapperOf(level, i) };
  });
  const up = levels.toReversed().map((level, i) => {
    const finer = levels[count - 2 - i];
    const double = finer === undefined ? [] : [resample(level.width, finer.width)];
    const blocks = [...repeated(level, i === 0 ? 0 : level.width), ...double];
    return { name: `up_blocks.${i}`, width: level.width, blocks, mapper: mapperOf(level, count + i) };
  });
  return { down, up };
}

const resample = (inputs: number, outputs: number): DiffNextBlock => ({ kind: 'resample', inputs, outputs });

/** @param beside channels that the first block sees */
function repeated({ repeats, kinds, headCount }: DiffNextLevelConfig, beside: number): DiffNextBlock[] {
  return Array.from({ length: repeats }, () => kinds)
    .flat()
    .map((kind, i) => blockOf(kind, headCount, i === 0 ? beside : 0));
}

function blockOf(kind: DiffNextKind, heads: number, beside: number): DiffNextBlock {
  switch (kind) {
    case 'C':
      return { kind: 'convolution', beside };
    case 'T':
      return { kind: 'level' };
    case 'A':
      return { kind: 'attention', heads };
  }
}

/** The parameters of a decoder under their published names. */
export function decoderParameters(config: DecoderConfig): ParameterInfo[] {
  const { channels, patchSize, conditionSize, levels } = config;
  const patch = channels * patchSize ** 2;
  const finest = levels[0]?.width ?? 0;
  const list = new ParameterList();
  const { down, up } = decoderStructure(config);
  list.linear('clip_mapper', config.textSize, conditionSize);
  for (const { mapper } of [...down, ...up]) {
    if (mapper !== undefined) list.conv2d(mapper, config.embeddingChannels, conditionSize, 1);
  }
  list.conv2d('embedding.1', patch, finest, 1);
  for (const level of down) levelBlocksParameters(list, level, config);
  for (const level of up) levelBlocksParameters(list, level, config);
  list.conv2d('clf.1', finest, 2 * patch, 1);
  return list.parameters;
}

function levelBlocksParameters(list: ParameterList, level: DiffNextLevel, config: DecoderConfig): void {
  const { name, width, mapper } = level;
  for (const [i, block] of level.blocks.entries()) {
    const part = list.at(`${name}.${i}`);
    switch (block.kind) {
      case 'resample': {
        // A transposed convolution has its inputs in front.
        const [first, second] = name.startsWith('up')
          ? [block.inputs, block.outputs]
          : [block.outputs, block.inputs];
        part.add('1.weight', first, second, 2, 2);
        part.add('1.bias', block.outputs);
        break;
      }
      case 'convolution': {
        const skip = block.beside + (mapper === undefined ? 0 : config.conditionSize);
        convolutionParameters(part, width, config.kernelSize, skip);
        break;
      }
      case 'level':
        levelParameters(part, width, config.levelSize);
        break;
      case 'attention':
        attentionParameters(part, width, config.conditionSize);
        break;
    }
  }
}
