/**
 * The Llama network (Touvron et al. 2023): RMS norms, rotary attention with grouped keys and values, gated
 * feed-forward blocks. Activations are float32; weights stay in the type that the file has, as far as a
 * product reads it.
 */

import type { Device } from '@wick/core';
import {
  attention,
  embedding,
  linear,
  type QuantizedTensor,
  rmsNorm,
  rope,
  swiglu,
  type Tensor,
  tensor,
} from '@wick/tensor';
import type { OnProgress } from '../progress.js';
import { type LoadedWeights, loadWeights } from '../weights/load.js';
import type { Weights } from '../weights/weights.js';
import { advance, type CachePosition, type KeyValueCache } from './cache.js';
import type { LlamaConfig } from './config.js';
import { isRedundantLlamaTensor, llamaParameters } from './parameters.js';
import { ropeFrequencies } from './rope.js';

/** Options of `Llama.load`. */
export interface LoadLlamaOptions {
  /** Divisors of the rotary frequencies, where the configuration asks for them. */
  readonly ropeFactors?: Float32Array | undefined;
  /** Receives `read` events in bytes. */
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a forward pass is run with. */
export interface ForwardOptions {
  /** Keys and values of earlier positions; the new ones are written to it. Default: none. */
  readonly cache?: KeyValueCache;
  /** Positions that the cache holds already. Default: 0. */
  readonly position?: CachePosition;
  /** Whether only the last position's logits are wanted. Default: false. */
  readonly lastOnly?: boolean;
  /** Is shown every named intermediate, for example `layers.0.self_attn`, as it is recorded. */
  readonly observe?: (name: string, value: Tensor) => void;
}

export class Llama implements Disposable {
  readonly #weights: LoadedWeights;
  readonly #frequencies: Tensor;

  private constructor(
    readonly device: Device,
    readonly config: LlamaConfig,
    weights: LoadedWeights,
    frequencies: Tensor,
  ) {
    this.#weights = weights;
    this.#frequencies = frequencies;
  }

  /**
   * Reads the weights and uploads them.
   *
   * @throws WickError `BAD_MODEL` when the weights do not fit the configuration, `BAD_FILE`, `CANCELLED`,
   * `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    config: LlamaConfig,
    weights: Weights,
    options: LoadLlamaOptions = {},
  ): Promise<Llama> {
    const { ropeFactors, onProgress, signal } = options;
    const frequencies = ropeFrequencies(config, ropeFactors);
    const loaded = await loadWeights(device, weights, llamaParameters(config), {
      redundant: (name) => isRedundantLlamaTensor(name, config),
      onProgress,
      signal,
    });
    const table = tensor(device, frequencies, [frequencies.length], { label: 'rotary frequencies' }).keep();
    return new Llama(device, config, loaded, table);
  }

  /** Number of parameters. */
  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /**
   * Records a forward pass.
   *
   * @param ids int32 [batch, length]
   * @param positions int32 [length]: the position of every token, for the rotary embedding
   * @returns logits, float32 [batch, length, vocabularySize], or [batch, 1, vocabularySize] with `lastOnly`
   */
  forward(ids: Tensor, positions: Tensor, options: ForwardOptions = {}): Tensor {
    const { cache, position = 0, lastOnly = false, observe } = options;
    const { config, device } = this;
    const name = (of: string, value: Tensor): Tensor => {
      observe?.(of, value);
      return value;
    };
    let hidden = name('embed_tokens', embedding(this.#weight('model.embed_tokens.weight'), ids, 'float32'));
    for (let i = 0; i < config.layerCount; i++) {
      hidden = device.group(`layers.${i}`, () => {
        const normed = name(
          `layers.${i}.input_layernorm`,
          this.#norm(`model.layers.${i}.input_layernorm`, hidden),
        );
        const attended = device.group('self_attn', () => this.#attend(i, normed, positions, cache, position));
        const joined = hidden.add(name(`layers.${i}.self_attn`, attended));
        const gated = device.group('mlp', () =>
          this.#feedForward(i, this.#norm(`model.layers.${i}.post_attention_layernorm`, joined)),
        );
        return name(`layers.${i}`, joined.add(name(`layers.${i}.mlp`, gated)));
      });
    }
    if (lastOnly) hidden = lastPosition(hidden);
    const normed = name('norm', this.#norm('model.norm', hidden));
    const output = config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
    return name(
      'logits',
      device.group('output', () => linear(normed, this.#weight(output))),
    );
  }

  #attend(
    layer: number,
    x: Tensor,
    positions: Tensor,
    cache: KeyValueCache | undefined,
    position: CachePosition,
  ): Tensor {
    const { headCount, keyValueHeadCount, headSize, ropeStyle } = this.config;
    const [batch, length] = x.shape;
    const at = `model.layers.${layer}.self_attn`;
    const heads = (part: string, count: number) =>
      this.#linear(`${at}.${part}`, x).reshape([batch, length, count, headSize]);
    const turn = (value: Tensor) =>
      rope(value, positions, { style: ropeStyle, layout: 'blhd', frequencies: this.#frequencies });
    const q = turn(heads('q_proj', headCount));
    const k = turn(heads('k_proj', keyValueHeadCount));
    const v = heads('v_proj', keyValueHeadCount);
    const seen = cache?.append(layer, k, v, position) ?? { keys: k, values: v };
    const attended = attention(q, seen.keys, seen.values, {
      layout: 'blhd',
      causal: true,
      keyLength: cache === undefined ? length : advance(position, length),
    });
    return this.#linear(`${at}.o_proj`, attended.reshape([batch, length, headCount * headSize]));
  }

  #feedForward(layer: number, x: Tensor): Tensor {
    const at = `model.layers.${layer}.mlp`;
    return this.#linear(
      `${at}.down_proj`,
      swiglu(this.#linear(`${at}.gate_proj`, x), this.#linear(`${at}.up_proj`, x)),
    );
  }

  #norm(name: string, x: Tensor): Tensor {
    return rmsNorm(x, { weight: this.#plain(`${name}.weight`), eps: this.config.rmsNormEpsilon });
  }

  #linear(name: string, x: Tensor): Tensor {
    const bias = this.#weights.tensors.has(`${name}.bias`) ? this.#plain(`${name}.bias`) : undefined;
    return this.device.group(name.slice(name.lastIndexOf('.') + 1), () =>
      linear(x, this.#weight(`${name}.weight`), bias),
    );
  }

  #weight(name: string): Tensor | QuantizedTensor<Tensor> {
    return this.#weights.get(name);
  }

  #plain(name: string): Tensor {
    return this.#weights.plain(name);
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
    this.#frequencies[Symbol.dispose]();
  }
}

/** [batch, length, width] to [batch, 1, width]. */
function lastPosition(hidden: Tensor): Tensor {
  const [batch, length, width] = hidden.shape;
  return length === 1 ? hidden : hidden.slice([0, length - 1, 0], [batch, length, width]);
}
