/**
 * The text tower of CLIP (Radford et al. 2021): token and position embeddings, pre-norm transformer layers
 * with causal attention, a final norm.
 */

import type { Device } from '@wick/core';
import { attention, embedding, type Tensor } from '@wick/tensor';
import { type LoadedWeights, type LoadWeightsOptions, loadWeights } from '../../weights/load.js';
import type { Weights } from '../../weights/weights.js';
import type { ClipTextConfig } from '../config/text-encoder.js';
import { clipTextParameters, isRedundantClipTensor, withTextModelPrefix } from './clip-text-parameters.js';
import { type ForwardHooks, Layers } from './layers.js';

/** Options of loading a network. */
export type LoadNetworkOptions = Pick<LoadWeightsOptions, 'onProgress' | 'signal'>;

/** Options of a forward pass. */
export interface EncodeTextOptions extends ForwardHooks {
  /** Tokens that others may look at, bool [batch, length]; by default all. Würstchen hides what fills up. */
  readonly mask?: Tensor | undefined;
}

export class ClipTextEncoder implements Disposable {
  readonly #weights: LoadedWeights;

  private constructor(
    readonly device: Device,
    readonly config: ClipTextConfig,
    weights: LoadedWeights,
  ) {
    this.#weights = weights;
  }

  /**
   * Reads the weights, with or without the prefix `text_model.`, and uploads them.
   *
   * @throws WickError `BAD_MODEL` when they do not fit the configuration, `BAD_FILE`, `CANCELLED`,
   * `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    config: ClipTextConfig,
    weights: Weights,
    options: LoadNetworkOptions = {},
  ): Promise<ClipTextEncoder> {
    const loaded = await loadWeights(device, withTextModelPrefix(weights), clipTextParameters(config), {
      ...options,
      redundant: isRedundantClipTensor,
    });
    return new ClipTextEncoder(device, config, loaded);
  }

  get parameterCount(): number {
    return this.#weights.parameterCount;
  }

  /**
   * Records a forward pass. `observe` is also shown `hidden_states.0` (the embeddings), `hidden_states.i`
   * (after layer i) and `last_hidden_state`.
   *
   * @param ids int32 [batch, length], length at most `maxLength`
   * @returns the last hidden state after the final norm, float32 [batch, length, hiddenSize]
   */
  forward(ids: Tensor, { observe, mask }: EncodeTextOptions = {}): Tensor {
    const { config, device } = this;
    const model = new Layers(device, this.#weights, observe, 'text_model');
    const [batch, length] = ids.shape;
    const keys = mask?.reshape([batch, 1, 1, length]);
    return device.group('text_encoder', () => {
      let hidden = model.part('embeddings', (part) => embed(part, ids));
      observe?.('hidden_states.0', hidden);
      for (let i = 0; i < config.layerCount; i++) {
        hidden = model.part(`encoder.layers.${i}`, (layer) => this.#layer(layer, hidden, keys));
        observe?.(`hidden_states.${i + 1}`, hidden);
      }
      const last = model.layerNorm('final_layer_norm', hidden, config.normEpsilon);
      observe?.('last_hidden_state', last);
      return last;
    });
  }

  /** @param keys [batch, 1, 1, length] */
  #layer(layer: Layers, x: Tensor, keys: Tensor | undefined): Tensor {
    const { normEpsilon, activation } = this.config;
    const attended = layer.part('self_attn', (part) =>
      this.#attend(part, layer.layerNorm('layer_norm1', x, normEpsilon), keys),
    );
    const joined = x.add(attended);
    const fed = layer.part('mlp', (part) => {
      const wide = part.linear('fc1', layer.layerNorm('layer_norm2', joined, normEpsilon));
      return part.linear('fc2', activation === 'gelu' ? wide.geluErf() : wide.quickGelu());
    });
    return joined.add(fed);
  }

  #attend(part: Layers, x: Tensor, mask: Tensor | undefined): Tensor {
    const [batch, length, width] = x.shape;
    const { headCount } = this.config;
    const heads = (name: string) =>
      part.linear(name, x).reshape([batch, length, headCount, width / headCount]);
    const attended = attention(heads('q_proj'), heads('k_proj'), heads('v_proj'), {
      layout: 'blhd',
      causal: true,
      mask,
    });
    part.show('attention', attended);
    return part.linear('out_proj', attended.reshape([batch, length, width]));
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.#weights[Symbol.dispose]();
  }
}

/** int32 [batch, length] to [batch, length, hiddenSize]: tokens and their positions. */
function embed(part: Layers, ids: Tensor): Tensor {
  const length = ids.shape.at(-1) ?? 0;
  const tokens = embedding(part.weight('token_embedding.weight'), ids, 'float32');
  const positions = part.weight('position_embedding.weight').narrow(0, 0, length);
  return tokens.add(positions.cast('float32'));
}
