/** `WuerstchenPrior`: from a text to the embeddings of a picture, by diffusion (Pernias et al. 2023). */

import type { Device } from '@wick/core';
import { leakyRelu, type Tensor } from '@wick/tensor';
import type { LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import { type ForwardHooks, Layers } from '../../diffusion/networks/layers.js';
import { ParameterList } from '../../diffusion/networks/parameter-list.js';
import type { ParameterInfo } from '../../weights/check.js';
import { type LoadedWeights, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import type { PriorConfig } from '../config/prior.js';
import {
  attentionBlock,
  attentionParameters,
  convolutionBlock,
  convolutionParameters,
  levelBlock,
  levelParameters,
  normedPlanes,
} from './blocks.js';

const SLOPE = 0.2;
const KERNEL = 3;
/** Blocks of each of the `depth` layers: convolutions, noise level, attention. */
const BLOCKS = 3;

/** The parameters of a prior under their published names. */
export function priorParameters({
  channels,
  width,
  textSize,
  levelSize,
  depth,
}: PriorConfig): ParameterInfo[] {
  const list = new ParameterList();
  list.conv2d('projection', channels, width, 1);
  list.linear('cond_mapper.0', textSize, width);
  list.linear('cond_mapper.2', width, width);
  for (let i = 0; i < BLOCKS * depth; i += BLOCKS) {
    convolutionParameters(list.at(`blocks.${i}`), width, KERNEL, 0);
    levelParameters(list.at(`blocks.${i + 1}`), width, levelSize);
    attentionParameters(list.at(`blocks.${i + 2}`), width, width);
  }
  list.conv2d('out.1', width, 2 * channels, 1);
  return list.parameters;
}

export class WuerstchenPrior implements Disposable {
  readonly #weights: LoadedWeights;

  private constructor(
    readonly device: Device,
    readonly config: PriorConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
  }

  /** @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY` */
  static async load(
    device: Device,
    config: PriorConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<WuerstchenPrior> {
    return new WuerstchenPrior(
      device,
      config,
      await loadWeights(device, weights, priorParameters(config), options),
    );
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /**
   * Records a prediction of the noise in x.
   *
   * @param x [n, channels, h, w]
   * @param level the noise levels as `levelEmbedding` gives them, [n, levelSize]
   * @param states hidden states of the texts, [n, length, textSize]
   * @returns [n, channels, h, w]
   */
  forward(x: Tensor, level: Tensor, states: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const { device, config } = this;
    const model = new Layers(device, this.#weights, observe);
    return device.group('prior', () => {
      const texts = model.part('cond_mapper', (part) =>
        part.linear('2', leakyRelu(part.linear('0', states), SLOPE)),
      );
      let hidden = model.conv2d('projection', x);
      for (let i = 0; i < BLOCKS * config.depth; i += BLOCKS) {
        const before = hidden;
        const local = model.part(`blocks.${i}`, (block) => convolutionBlock(block, before));
        const timed = model.part(`blocks.${i + 1}`, (block) => levelBlock(block, local, level));
        hidden = model.part(`blocks.${i + 2}`, (block) =>
          attentionBlock(block, timed, texts, config.headCount),
        );
      }
      const out = model.part('out', (part) => part.conv2d('1', normedPlanes(hidden)));
      const [mean, spread] = out.split(2, 1);
      const scale = spread.mul(-1).add(1).abs().add(1e-5);
      return model.show('output', x.sub(mean).div(scale));
    });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}
