/**
 * Layers as a plain port of a network records them: float16, norms in float32, biases added by a command of
 * their own, heads moved by copies. It gives a scheduler more commands to look at than fused layers would.
 */

import type { Device, DType } from '@wick/core';
import { conv2d, groupNorm, layerNorm, linear, type Shape, type Tensor, zeros } from '@wick/tensor';

/** Makes weights where a network asks for them, and hands the same ones out at every later pass. */
export class Weights {
  readonly #made: Tensor[] = [];
  #next = 0;

  constructor(
    readonly device: Device,
    private readonly dtype: DType = 'float16',
  ) {}

  /** Begins a pass: from now on weights are handed out in the order in which they were made. */
  restart(): void {
    this.#next = 0;
  }

  get bytes(): number {
    return this.#made.reduce((sum, tensor) => sum + tensor.byteLength, 0);
  }

  take(...shape: Shape): Tensor {
    const known = this.#made[this.#next++];
    if (known !== undefined) return known;
    const made = zeros(this.device, shape, { dtype: this.dtype, label: 'weight' }).keep();
    this.#made.push(made);
    return made;
  }

  [Symbol.dispose](): void {
    for (const tensor of this.#made) tensor.dispose();
  }
}

/** [.., in] to [.., out]. */
export function dense(weights: Weights, x: Tensor, outputs: number, bias = true): Tensor {
  const product = linear(x, weights.take(outputs, x.shape[x.rank - 1]));
  return bias ? product.add(weights.take(outputs)) : product;
}

/** [n, in, h, w] to [n, out, h / stride, w / stride]. */
export function conv(weights: Weights, x: Tensor, outputs: number, size: 1 | 3, stride = 1): Tensor {
  const weight = weights.take(outputs, x.shape[1], size, size);
  const product = conv2d(x, weight, { padding: size === 3 ? 1 : 0, stride });
  return product.add(weights.take(1, outputs, 1, 1));
}

export function groups(weights: Weights, x: Tensor): Tensor {
  const [weight, bias] = [weights.take(x.shape[1]), weights.take(x.shape[1])];
  return groupNorm(x.cast('float32'), 32, { weight, bias }).cast('float16');
}

export function rows(weights: Weights, x: Tensor): Tensor {
  const width = x.shape[x.rank - 1];
  const [weight, bias] = [weights.take(width), weights.take(width)];
  return layerNorm(x.cast('float32'), { weight, bias }).cast('float16');
}

/** Attention of x [n, length, width] over context [n, keys, any], with a residual. */
export function attend(weights: Weights, x: Tensor, context: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape;
  const normed = rows(weights, x);
  const keysOf = context === x ? normed : context;
  const split = (value: Tensor) =>
    value.reshape([batch, value.shape[1], heads, width / heads]).permute([0, 2, 1, 3]);
  const q = split(dense(weights, normed, width, false));
  const k = split(dense(weights, keysOf, width, false));
  const v = split(dense(weights, keysOf, width, false));
  const joined = q.attention(k, v).permute([0, 2, 1, 3]).reshape([batch, length, width]);
  return x.add(dense(weights, joined, width));
}

/** The gated feed-forward layer, with a residual. */
export function feedForward(weights: Weights, x: Tensor): Tensor {
  const width = x.shape[2];
  const [up, gate] = dense(weights, rows(weights, x), 8 * width).split(2, 2);
  return x.add(dense(weights, up.mul(gate.geluErf()), width));
}
