/**
 * The layers of a network by the names of its weights. A name stands for three things at once: the weights
 * of a layer, the label of its commands in traces, and what `observe` calls its result.
 */

import type { Device } from '@wick/core';
import {
  type Conv2dOptions,
  conv2d,
  groupNorm,
  layerNorm,
  linear,
  type QuantizedTensor,
  type Tensor,
} from '@wick/tensor';
import type { LoadedWeights } from '../../weights/load.js';

/** Is shown the result of every layer and part, for example `down_blocks.0.resnets.0`, as it is recorded. */
export type Observe = (name: string, value: Tensor) => void;

/** Options of every forward pass. */
export interface ForwardHooks {
  readonly observe?: Observe | undefined;
}

export class Layers {
  constructor(
    readonly device: Device,
    private readonly weights: LoadedWeights,
    private readonly observe: Observe | undefined,
    private readonly path = '',
  ) {}

  /** Records a part of the network: the layers in it carry its name, and its result is observed. */
  part(name: string, record: (layers: Layers) => Tensor): Tensor {
    const inside = new Layers(this.device, this.weights, this.observe, this.#full(name));
    return this.show(
      name,
      this.device.group(name, () => record(inside)),
    );
  }

  /** Shows `value` to the observer and returns it. */
  show(name: string, value: Tensor): Tensor {
    this.observe?.(this.#full(name), value);
    return value;
  }

  /** A weight by its name inside of this part. */
  weight(name: string): Tensor {
    return this.weights.plain(this.#full(name));
  }

  /** x [..., in] to [..., out]; the bias is used where the weights have one. */
  linear(name: string, x: Tensor): Tensor {
    const weight: Tensor | QuantizedTensor<Tensor> = this.weights.get(this.#full(`${name}.weight`));
    return this.part(name, (layer) => linear(x, weight, layer.#bias()));
  }

  /** x [n, in, h, w] to [n, out, h, w], smaller with a stride. */
  conv2d(name: string, x: Tensor, options: Omit<Conv2dOptions<Tensor>, 'bias'> = {}): Tensor {
    return this.part(name, (layer) => {
      return conv2d(x, layer.weight('weight'), { ...options, bias: layer.#bias() });
    });
  }

  /** x [n, channels, ...] with its scale and shift. */
  groupNorm(name: string, x: Tensor, groups: number, eps: number): Tensor {
    return this.part(name, (layer) =>
      groupNorm(x, groups, { weight: layer.weight('weight'), bias: layer.#bias(), eps }),
    );
  }

  /** x [..., width] with its scale and shift. */
  layerNorm(name: string, x: Tensor, eps: number): Tensor {
    return this.part(name, (layer) =>
      layerNorm(x, { weight: layer.weight('weight'), bias: layer.#bias(), eps }),
    );
  }

  #bias(): Tensor | undefined {
    const name = this.#full('bias');
    return this.weights.tensors.has(name) ? this.weights.plain(name) : undefined;
  }

  #full(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
