/**
 * `AutoencoderKL` (Kingma and Welling 2014, Esser et al. 2021): pictures to latents with an eighth, or so, of
 * the rows and columns, and back.
 */

import type { Device } from '@wick/core';
import { type Tensor, upsampleNearest } from '@wick/tensor';
import { type LoadedWeights, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import { type VaeConfig, vaeScale } from '../config/vae.js';
import type { LoadNetworkOptions } from './clip-text-encoder.js';
import { type ForwardHooks, Layers } from './layers.js';
import { planeAttention } from './plane-attention.js';
import { PAD_AFTER, resnet } from './resnet.js';
import type { ResnetShape } from './unet-structure.js';
import { vaeParameters, withoutLegacyNames } from './vae-parameters.js';
import { type VaeBlock, type VaeStructure, vaeStructure } from './vae-structure.js';

const EPSILON = 1e-6;

/** What an encoder says about the latents of a picture: independent normals, [n, latentChannels, h, w]. */
export interface Posterior {
  readonly mean: Tensor;
  /** Limited to [-30, 20]. */
  readonly logVariance: Tensor;
  /** exp(logVariance / 2). */
  readonly deviation: Tensor;
}

export class AutoencoderKL implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #structure: VaeStructure;

  private constructor(
    readonly device: Device,
    readonly config: VaeConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
    this.#structure = vaeStructure(config);
  }

  /**
   * Reads the weights, also under their legacy names, and uploads them.
   *
   * @throws WickError `BAD_MODEL` when they do not fit the configuration, `BAD_FILE`, `CANCELLED`,
   * `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    config: VaeConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<AutoencoderKL> {
    const named = withoutLegacyNames(weights);
    return new AutoencoderKL(
      device,
      config,
      await loadWeights(device, named, vaeParameters(config), options),
    );
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /** Rows of a picture for each row of its latents. */
  get scale(): number {
    return vaeScale(this.config);
  }

  /**
   * Records an encoding. Latents are not scaled.
   *
   * @param picture [n, inChannels, h, w] from -1 to 1; h and w are multiples of `scale`
   */
  encode(picture: Tensor, { observe }: ForwardHooks = {}): Posterior {
    const { config, device } = this;
    const model = new Layers(device, this.#weights, observe);
    return device.group('vae', () => {
      const encoded = model.part('encoder', (part) => {
        let hidden = part.conv2d('conv_in', picture, { padding: 1 });
        for (const block of this.#structure.down) hidden = this.#level(part, block, hidden, 'down');
        return this.#head(part, this.#middle(part, hidden));
      });
      const moments = config.quantConv ? model.conv2d('quant_conv', encoded) : encoded;
      const [mean, raw] = moments.split(2, 1);
      const logVariance = raw.clamp(-30, 20);
      return { mean, logVariance, deviation: logVariance.mul(0.5).exp() };
    });
  }

  /**
   * Records a decoding in the dtype of `latents`, which are not scaled.
   *
   * @param latents [n, latentChannels, h, w]
   * @returns [n, outChannels, h * scale, w * scale], about -1 to 1
   */
  decode(latents: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const { config, device } = this;
    const model = new Layers(device, this.#weights, observe);
    return device.group('vae', () => {
      const quantized = config.postQuantConv ? model.conv2d('post_quant_conv', latents) : latents;
      return model.part('decoder', (part) => {
        let hidden = this.#middle(part, part.conv2d('conv_in', quantized, { padding: 1 }));
        for (const block of this.#structure.up) hidden = this.#level(part, block, hidden, 'up');
        return this.#head(part, hidden);
      });
    });
  }

  #level(model: Layers, block: VaeBlock, x: Tensor, direction: 'down' | 'up'): Tensor {
    return model.part(block.name, (part) => {
      let hidden = x;
      block.resnets.forEach((shape, i) => {
        hidden = this.#resnet(part, i, hidden, shape);
      });
      if (!block.resamples) return hidden;
      if (direction === 'down') {
        return part.conv2d('downsamplers.0.conv', hidden, { stride: 2, padding: PAD_AFTER });
      }
      const [, , height, width] = hidden.shape;
      return part.conv2d('upsamplers.0.conv', upsampleNearest(hidden, [2 * height, 2 * width]), {
        padding: 1,
      });
    });
  }

  #middle(model: Layers, x: Tensor): Tensor {
    const { middle } = this.#structure;
    const { midAttention, normGroups } = this.config;
    return model.part('mid_block', (part) => {
      const first = this.#resnet(part, 0, x, middle);
      const attended = midAttention
        ? part.part('attentions.0', (inside) => planeAttention(inside, first, normGroups))
        : first;
      return this.#resnet(part, 1, attended, middle);
    });
  }

  #resnet(part: Layers, i: number, x: Tensor, shape: ResnetShape): Tensor {
    const options = { groups: this.config.normGroups, eps: EPSILON };
    return part.part(`resnets.${i}`, (inside) => resnet(inside, x, shape, options));
  }

  #head(part: Layers, x: Tensor): Tensor {
    const normed = part.groupNorm('conv_norm_out', x, this.config.normGroups, EPSILON);
    return part.conv2d('conv_out', normed.silu(), { padding: 1 });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}

/** mean + deviation * noise; `noise` is standard normal, and may be a batch of samples of one picture. */
export function samplePosterior({ mean, deviation }: Posterior, noise: Tensor): Tensor {
  return mean.add(deviation.mul(noise));
}
