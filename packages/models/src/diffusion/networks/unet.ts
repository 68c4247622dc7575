/**
 * `UNet2DConditionModel` (Rombach et al. 2022): the network that predicts the noise in latents, told the
 * timestep and a text.
 */

import type { Device } from '@wick/core';
import { concat, type Tensor, timestepEmbedding, upsampleNearest } from '@wick/tensor';
import { type LoadedWeights, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import type { UNetConfig } from '../config/unet.js';
import type { LoadNetworkOptions } from './clip-text-encoder.js';
import { type ForwardHooks, Layers } from './layers.js';
import { PAD_AFTER, resnet } from './resnet.js';
import { transformer } from './transformer.js';
import { unetParameters } from './unet-parameters.js';
import { type UNetBlock, type UNetStructure, unetStructure } from './unet-structure.js';

/** What every block of one forward pass is told. */
interface Conditions {
  /** The embedded timestep after its activation, [n or 1, timeSize]. */
  readonly time: Tensor;
  /** Hidden states of the text, [n, length, crossAttentionSize]. */
  readonly states: Tensor;
}

export class UNet2DConditionModel implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #structure: UNetStructure;

  private constructor(
    readonly device: Device,
    readonly config: UNetConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
    this.#structure = unetStructure(config);
  }

  /**
   * Reads the weights and uploads them.
   *
   * @throws WickError `BAD_MODEL` when they do not fit the configuration, `BAD_FILE`, `CANCELLED`,
   * `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    config: UNetConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<UNet2DConditionModel> {
    return new UNet2DConditionModel(
      device,
      config,
      await loadWeights(device, weights, unetParameters(config), options),
    );
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /**
   * Records a forward pass in the dtype of `sample`. Rows and columns need not divide by the downsampling.
   *
   * @param sample latents, [n, inChannels, h, w]
   * @param timesteps float32 [n], or [1] for all alike
   * @param states hidden states of the text, [n, length, crossAttentionSize]
   * @returns [n, outChannels, h, w]
   */
  forward(sample: Tensor, timesteps: Tensor, states: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const { config, device } = this;
    const { down, middle, up } = this.#structure;
    const model = new Layers(device, this.#weights, observe);
    return device.group('unet', () => {
      const conditions = { time: this.#time(model, timesteps, sample), states };
      let hidden = model.conv2d('conv_in', sample, { padding: 1 });
      const skips = [hidden];
      for (const block of down) hidden = this.#down(model, block, hidden, skips, conditions);
      hidden = this.#middle(model, middle, hidden, conditions);
      for (const block of up) hidden = this.#up(model, block, hidden, skips, conditions);
      const normed = model.groupNorm('conv_norm_out', hidden, config.normGroups, config.normEpsilon);
      return model.conv2d('conv_out', normed.silu(), { padding: 1 });
    });
  }

  /** float32 [n] to [n, timeSize]. Every ResNet begins with this activation, so it is done once. */
  #time(model: Layers, timesteps: Tensor, sample: Tensor): Tensor {
    const { levels, flipSinToCos, frequencyShift } = this.config;
    const waves = timestepEmbedding(timesteps, levels[0].channels, {
      flip: flipSinToCos,
      shift: frequencyShift,
    });
    const projected = model.show('time_proj', waves).cast(sample.dtype);
    const embedded = model.part('time_embedding', (part) =>
      part.linear('linear_2', part.linear('linear_1', projected).silu()),
    );
    return embedded.silu();
  }

  /** Adds what the way up will need to `skips`. */
  #down(model: Layers, block: UNetBlock, x: Tensor, skips: Tensor[], conditions: Conditions): Tensor {
    return model.part(block.name, (part) => {
      let hidden = x;
      block.resnets.forEach((_, i) => {
        hidden = this.#layer(part, block, i, hidden, conditions);
        skips.push(hidden);
      });
      if (!block.resamples) return hidden;
      const padding = this.config.downsamplePadding === 0 ? PAD_AFTER : 1;
      hidden = part.conv2d('downsamplers.0.conv', hidden, { stride: 2, padding });
      skips.push(hidden);
      return hidden;
    });
  }

  #middle(model: Layers, block: UNetBlock, x: Tensor, conditions: Conditions): Tensor {
    return model.part(block.name, (part) => {
      const first = this.#layer(part, block, 0, x, conditions);
      return this.#resnet(part, block, 1, first, conditions);
    });
  }

  /** Takes what the way down left from the end of `skips`. */
  #up(model: Layers, block: UNetBlock, x: Tensor, skips: Tensor[], conditions: Conditions): Tensor {
    return model.part(block.name, (part) => {
      let hidden = x;
      block.resnets.forEach((_, i) => {
        const skip = skips.pop();
        hidden = this.#layer(
          part,
          block,
          i,
          skip === undefined ? hidden : concat([hidden, skip], 1),
          conditions,
        );
      });
      const next = skips.at(-1);
      if (!block.resamples || next === undefined) return hidden;
      // As large as the skip that it meets: twice, or one less where the way down rounded up.
      const [, , height, width] = next.shape;
      return part.conv2d('upsamplers.0.conv', upsampleNearest(hidden, [height, width]), { padding: 1 });
    });
  }

  /** One ResNet, and the transformer after it if the block has any. */
  #layer(part: Layers, block: UNetBlock, i: number, x: Tensor, conditions: Conditions): Tensor {
    const hidden = this.#resnet(part, block, i, x, conditions);
    const shape = block.transformer;
    if (shape === undefined) return hidden;
    return part.part(`attentions.${i}`, (inside) =>
      transformer(inside, hidden, conditions.states, shape, this.config),
    );
  }

  #resnet(part: Layers, block: UNetBlock, i: number, x: Tensor, { time }: Conditions): Tensor {
    const { normGroups: groups, normEpsilon: eps } = this.config;
    return part.part(`resnets.${i}`, (inside) => resnet(inside, x, block.resnets[i], { groups, eps, time }));
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}
