/** One half of a tiny autoencoder: a sequence of layers with its weights. */

import type { Device } from '@wick/core';
import { conv2d, relu, type Tensor, upsampleNearest } from '@wick/tensor';
import { type ForwardHooks, Layers } from '../diffusion/networks/layers.js';
import { type LoadedWeights, type LoadWeightsOptions, loadWeights } from '../weights/load.js';
import type { Weights } from '../weights/weights.js';
import {
  CONVOLUTIONS,
  POOL_GROUPS,
  reachOf,
  splitIndex,
  type TaesdLayer,
  taesdParameters,
} from './structure.js';

/** Of the group norm of the pooled branch. */
const EPSILON = 1e-5;

export class TaesdNetwork implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #layers: readonly TaesdLayer[];
  /** Index of the first layer of the second part; see `splitIndex`. */
  readonly #split: number;

  private constructor(
    readonly device: Device,
    readonly name: 'encoder' | 'decoder',
    layers: readonly TaesdLayer[],
    weights: LoadedWeights,
  ) {
    this.#layers = layers;
    this.#weights = weights;
    this.#split = splitIndex(layers);
  }

  /** @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY` */
  static async load(
    device: Device,
    name: 'encoder' | 'decoder',
    layers: readonly TaesdLayer[],
    weights: Weights,
    options: Pick<LoadWeightsOptions, 'onProgress' | 'signal'>,
  ): Promise<TaesdNetwork> {
    const loaded = await loadWeights(device, weights, taesdParameters(layers), options);
    return new TaesdNetwork(device, name, layers, loaded);
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /** How far an output of a part sees, in rows of what the part takes. The part with pooled blocks sees all. */
  reach(part: 'first' | 'second'): number {
    const [begin, end] = this.#range(part);
    return reachOf(this.#layers.slice(begin, end));
  }

  /** Records all layers, or one part of them. `observe` is shown the result of each under its index. */
  forward(x: Tensor, part: 'all' | 'first' | 'second' = 'all', { observe }: ForwardHooks = {}): Tensor {
    const [begin, end] = this.#range(part);
    const model = new Layers(this.device, this.#weights, observe);
    return this.device.group(this.name, () =>
      this.#layers.slice(begin, end).reduce((hidden, layer, i) => apply(model, begin + i, layer, hidden), x),
    );
  }

  #range(part: 'all' | 'first' | 'second'): [number, number] {
    return [part === 'second' ? this.#split : 0, part === 'first' ? this.#split : this.#layers.length];
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}

function apply(model: Layers, index: number, layer: TaesdLayer, x: Tensor): Tensor {
  const [, , height, width] = x.shape;
  switch (layer.kind) {
    case 'conv':
      return model.conv2d(`${index}`, x, { stride: layer.stride, padding: 1 });
    case 'block':
      return model.part(`${index}`, (part) => block(part, x, layer.pooled));
    case 'clamp':
      return model.show(`${index}`, x.div(3).tanh().mul(3));
    case 'relu':
      return model.show(`${index}`, relu(x));
    case 'upsample':
      return model.show(`${index}`, upsampleNearest(x, [2 * height, 2 * width]));
  }
}

function block(part: Layers, x: Tensor, pooled: boolean): Tensor {
  const input = pooled ? x.add(part.part('pool', (pool) => poolBranch(pool, x))) : x;
  const convolved = CONVOLUTIONS.reduce(
    (hidden, name, i) => part.conv2d(name, i === 0 ? hidden : relu(hidden), { padding: 1 }),
    input,
  );
  return relu(convolved.add(input));
}

function poolBranch(pool: Layers, x: Tensor): Tensor {
  const wide = pool.part('0', (layer) => conv2d(x, layer.weight('weight')));
  const normed = pool.groupNorm('1', wide, POOL_GROUPS, EPSILON);
  return pool.part('3', (layer) => conv2d(relu(normed), layer.weight('weight')));
}
