/**
 * `PaellaVQModel`: the autoencoder of Würstchen, with a codebook (van den Oord et al. 2017, Rampas et al.
 * 2022).
 */

import type { Device } from '@wick/core';
import {
  argmin,
  batchNorm,
  concat,
  convTranspose2d,
  embedding,
  geluErf,
  layerNorm,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
} from '@wick/tensor';
import type { LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import { type ForwardHooks, Layers } from '../../diffusion/networks/layers.js';
import { toPlanes, toTokens } from '../../diffusion/networks/transformer.js';
import { type LoadedWeights, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import { type VqganConfig, vqganScale } from '../config/vqgan.js';
import {
  decodeReach,
  isRedundantVqganTensor,
  type VqganBlock,
  type VqganStructure,
  vqganParameters,
  vqganStructure,
} from './vqgan-structure.js';

const LAYER_EPSILON = 1e-6;
const BATCH_EPSILON = 1e-5;
/** Distances to all codes that are held at once. */
const MAX_DISTANCES = 1 << 24;

/** Codes that stand for latents. */
export interface Quantized {
  /** Rows of the codebook, int32 [n, h, w]. */
  readonly indices: Tensor;
  /** Those rows, [n, latentChannels, h, w]. */
  readonly latents: Tensor;
}

export class PaellaVQModel implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #structure: VqganStructure;

  private constructor(
    readonly device: Device,
    readonly config: VqganConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
    this.#structure = vqganStructure(config);
  }

  /** @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY` */
  static async load(
    device: Device,
    config: VqganConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<PaellaVQModel> {
    const loaded = await loadWeights(device, weights, vqganParameters(config), {
      ...options,
      redundant: isRedundantVqganTensor,
    });
    return new PaellaVQModel(device, config, loaded);
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /** Rows of a picture for each row of its latents. */
  get scale(): number {
    return vqganScale(this.config);
  }

  /** How far a pixel of a decoded picture sees, in rows of latents. */
  get decodeReach(): number {
    return decodeReach(this.#structure);
  }

  /**
   * Records an encoding.
   *
   * @param picture [n, inChannels, h, w] in [0, 1]; h and w are multiples of `scale`
   * @returns [n, latentChannels, h / scale, w / scale], not quantised
   */
  encode(picture: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const model = new Layers(this.device, this.#weights, observe);
    return this.device.group('vqgan', () => {
      const patches = pixelUnshuffle(picture, this.config.patchSize);
      const first = model.part('in_block', (part) => part.conv2d('1', patches));
      const latents = this.#structure.down.reduce((x, block) => apply(model, block, x), first);
      return model.show('latents', latents);
    });
  }

  /** Records the search for the code nearest to each of the latents, [n, latentChannels, h, w]. */
  quantize(latents: Tensor): Quantized {
    const [batch, channels, height, width] = latents.shape;
    const codes = this.#weights.plain('vquantizer.embedding.weight');
    return this.device.group('vqgan/quantize', () => {
      const tokens = toTokens(latents).reshape([batch * height * width, channels]);
      // Of |z - e|^2 the square of z is the same for every code.
      const squares = codes.cast('float32').square().sum(1);
      const rows = Math.max(1, Math.floor(MAX_DISTANCES / this.config.codeCount));
      const parts: Tensor[] = [];
      for (let at = 0; at < tokens.shape[0]; at += rows) {
        const part = tokens.narrow(0, at, Math.min(rows, tokens.shape[0] - at));
        parts.push(argmin(squares.sub(part.matmul(codes, { transposeB: true }).mul(2)), -1));
      }
      const indices = concat(parts);
      const nearest = embedding(codes, indices.reshape([batch, height * width]), 'float32');
      return {
        indices: indices.reshape([batch, height, width]),
        latents: toPlanes(nearest, height, width),
      };
    });
  }

  /**
   * Records a decoding.
   *
   * @param latents [n, latentChannels, h, w]
   * @returns [n, outChannels, h * scale, w * scale], about [0, 1] and not limited to it
   */
  decode(latents: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const model = new Layers(this.device, this.#weights, observe);
    return this.device.group('vqgan', () => {
      const hidden = this.#structure.up.reduce((x, block) => apply(model, block, x), latents);
      const out = model.part('out_block', (part) => part.conv2d('0', hidden));
      return model.show('image', pixelShuffle(out, this.config.patchSize));
    });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}

function apply(model: Layers, block: VqganBlock, x: Tensor): Tensor {
  switch (block.kind) {
    case 'mix':
      return model.part(block.name, (part) => mixingBlock(part, x));
    case 'halve':
      return model.conv2d(block.name, x, { stride: 2, padding: 1 });
    case 'double':
      return model.part(block.name, (part) =>
        convTranspose2d(x, part.weight('weight'), { stride: 2, padding: 1, bias: part.weight('bias') }),
      );
    case 'toLatents':
      return model.part(block.name, (part) => {
        const projected = part.conv2d('0', x);
        return part.part('1', (norm) => normalised(norm, projected));
      });
    case 'fromLatents':
      return model.part(block.name, (part) => part.conv2d('0', x));
  }
}

function normalised(norm: Layers, x: Tensor): Tensor {
  return batchNorm(x, {
    mean: norm.weight('running_mean'),
    variance: norm.weight('running_var'),
    weight: norm.weight('weight'),
    bias: norm.weight('bias'),
    eps: BATCH_EPSILON,
  });
}

/** `MixingResidualBlock`: six learnt numbers scale and shift what goes in, and scale what is added to x. */
function mixingBlock(part: Layers, x: Tensor): Tensor {
  const [, channels, height, width] = x.shape;
  const [scale1, shift1, gain1, scale2, shift2, gain2] = part.weight('gammas').cast('float32').split(6);
  const normed = (value: Tensor, scale: Tensor, shift: Tensor) =>
    layerNorm(toTokens(value), { eps: LAYER_EPSILON }).mul(scale.add(1)).add(shift);
  const framed = pad(
    toPlanes(normed(x, scale1, shift1), height, width),
    [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ],
    { mode: 'replicate' },
  );
  const local = x.add(part.conv2d('depthwise.1', framed, { groups: channels }).mul(gain1));
  const wide = geluErf(part.linear('channelwise.0', normed(local, scale2, shift2)));
  return local.add(toPlanes(part.linear('channelwise.2', wide), height, width).mul(gain2));
}
