/**
 * `WuerstchenDiffNeXt`: from the embeddings of a picture and its text to the latents of the autoencoder, by
 * diffusion (Pernias et al. 2023).
 */

import { type Device, WickError } from '@wick/core';
import {
  concat,
  conv2d,
  convTranspose2d,
  layerNorm,
  pixelShuffle,
  pixelUnshuffle,
  resizeBicubic,
  type Tensor,
} from '@wick/tensor';
import type { LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import { type ForwardHooks, Layers } from '../../diffusion/networks/layers.js';
import { type LoadedWeights, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import type { DecoderConfig } from '../config/decoder.js';
import { attentionBlock, convolutionBlock, levelBlock, normedPlanes } from './blocks.js';
import {
  type DiffNextBlock,
  type DiffNextLevel,
  type DiffNextStructure,
  decoderParameters,
  decoderStructure,
} from './decoder-structure.js';

/** Keeps the spread of a prediction away from 0 and 1. */
const SPREAD_MARGIN = 1e-3;
const NORM_EPSILON = 1e-6;

/** What a decoder looks at beside the latents. */
export interface DecoderCondition {
  /** The noise levels as `levelEmbedding` gives them, [n, levelSize]. */
  readonly level: Tensor;
  /** Embeddings of the pictures, [n, embeddingChannels, rows, columns] of any size. */
  readonly embeddings: Tensor;
  /** Hidden states of the texts, [n, length, textSize]. */
  readonly states: Tensor;
}

export class WuerstchenDecoder implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #structure: DiffNextStructure;

  private constructor(
    readonly device: Device,
    readonly config: DecoderConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
    this.#structure = decoderStructure(config);
  }

  /** @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY` */
  static async load(
    device: Device,
    config: DecoderConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<WuerstchenDecoder> {
    const loaded = await loadWeights(device, weights, decoderParameters(config), options);
    return new WuerstchenDecoder(device, config, loaded);
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /** What rows and columns of latents are multiples of. */
  get multiple(): number {
    return this.config.patchSize * 2 ** (this.config.levels.length - 1);
  }

  /**
   * Records a prediction of the noise in x.
   *
   * @param x [n, channels, h, w]; h and w are multiples of `multiple`
   * @returns [n, channels, h, w]
   */
  forward(x: Tensor, condition: DecoderCondition, hooks: ForwardHooks = {}): Tensor {
    const { mean, spread } = this.predict(x, condition, hooks);
    const output = x.sub(mean).div(spread);
    hooks.observe?.('output', output);
    return output;
  }

  /** Records what {@link forward} is made of: the noise is (x - mean) / spread. */
  predict(
    x: Tensor,
    condition: DecoderCondition,
    { observe }: ForwardHooks = {},
  ): { readonly mean: Tensor; readonly spread: Tensor } {
    const { device, multiple } = this;
    const [, , height, width] = x.shape;
    if (height % multiple !== 0 || width % multiple !== 0) {
      throw new WickError(
        'SHAPE_MISMATCH',
        `latents of ${height} x ${width} do not divide into ${multiple} x ${multiple}`,
      );
    }
    const model = new Layers(device, this.#weights, observe);
    return device.group('decoder', () => {
      const states = layerNorm(model.linear('clip_mapper', condition.states), { eps: NORM_EPSILON });
      const seen: DecoderCondition = { ...condition, states: model.show('seq_norm', states) };
      const first = model.part('embedding', (part) =>
        normedPlanes(part.conv2d('1', pixelUnshuffle(x, this.config.patchSize))),
      );
      const hidden = this.#up(model, this.#down(model, first, seen), seen);
      const out = model.part('clf', (part) =>
        pixelShuffle(part.conv2d('1', normedPlanes(hidden)), this.config.patchSize),
      );
      const [mean, raw] = out.split(2, 1);
      const spread = raw
        .sigmoid()
        .mul(1 - 2 * SPREAD_MARGIN)
        .add(SPREAD_MARGIN);
      return { mean: model.show('a', mean), spread: model.show('b', spread) };
    });
  }

  /** The results of the levels, the finest first. */
  #down(model: Layers, x: Tensor, seen: DecoderCondition): Tensor[] {
    const results: Tensor[] = [];
    for (const level of this.#structure.down) {
      results.push(this.#level(model, level, results.at(-1) ?? x, seen, undefined));
    }
    return results;
  }

  #up(model: Layers, results: readonly Tensor[], seen: DecoderCondition): Tensor {
    const [coarsest, ...finer] = results.toReversed();
    return this.#structure.up.reduce(
      (hidden, level, i) => this.#level(model, level, hidden, seen, i === 0 ? undefined : finer[i - 1]),
      coarsest,
    );
  }

  /** @param beside what the first block of the level sees beside x, [n, width, h, w] */
  #level(
    model: Layers,
    level: DiffNextLevel,
    x: Tensor,
    seen: DecoderCondition,
    beside: Tensor | undefined,
  ): Tensor {
    let mapped: Tensor | undefined;
    return level.blocks.reduce((hidden, block, i) => {
      if (block.kind === 'convolution' && level.mapper !== undefined) {
        mapped ??= this.#mapEmbeddings(model, level.mapper, seen.embeddings, hidden);
      }
      const skips = block.kind === 'convolution' && block.beside > 0 ? [beside, mapped] : [mapped];
      return model.part(`${level.name}.${i}`, (part) => this.#block(part, level, block, hidden, seen, skips));
    }, x);
  }

  #block(
    part: Layers,
    level: DiffNextLevel,
    block: DiffNextBlock,
    x: Tensor,
    seen: DecoderCondition,
    skips: readonly (Tensor | undefined)[],
  ): Tensor {
    switch (block.kind) {
      case 'resample': {
        const change = level.name.startsWith('up') ? convTranspose2d<Tensor> : conv2d<Tensor>;
        return part.part('1', (layer) => {
          const bias = layer.weight('bias');
          return change(normedPlanes(x), layer.weight('weight'), { stride: 2, bias });
        });
      }
      case 'convolution': {
        const there = skips.filter((skip) => skip !== undefined);
        return convolutionBlock(part, x, there.length === 0 ? undefined : concat(there, 1));
      }
      case 'level':
        return levelBlock(part, x, seen.level);
      case 'attention':
        return attentionBlock(part, x, seen.states, block.heads);
    }
  }

  /** The embeddings of a picture at the size of x, [n, conditionSize, h, w]. */
  #mapEmbeddings(model: Layers, mapper: string, embeddings: Tensor, x: Tensor): Tensor {
    const [, , height, width] = x.shape;
    return model.conv2d(mapper, resizeBicubic(embeddings, [height, width]));
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}
