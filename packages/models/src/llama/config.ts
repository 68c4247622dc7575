/** The shape of a Llama, as its `config.json` or the metadata of a GGUF file gives it. */

/**
 * How rotary frequencies are stretched for contexts longer than those of training.
 * `default` leaves them, `linear` divides all by `factor`, `llama3` divides the low ones and blends in
 * between, `factors` divides each by a number that the file holds as the tensor `rope_freqs.weight`.
 */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** The context length of training, in tokens. */
      readonly originalContextLength: number;
    }
  | { readonly type: 'factors' };

/**
 * Which two numbers of a head are rotated together: `half` pairs i with i + headSize / 2, as the Hugging
 * Face layout has it; `interleaved` pairs 2i with 2i + 1, for which GGUF files hold the rows of the query
 * and key matrices in another order.
 */
export type RopeStyle = 'half' | 'interleaved';

/** Everything about a Llama but its weights. */
export interface LlamaConfig {
  /** Tokens of the vocabulary: rows of the embedding table. */
  readonly vocabularySize: number;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  /** Width inside the feed-forward blocks. */
  readonly intermediateSize: number;
  readonly layerCount: number;
  /** Query heads. */
  readonly headCount: number;
  /** Key and value heads; a divisor of `headCount`. Each serves headCount / keyValueHeadCount query heads. */
  readonly keyValueHeadCount: number;
  /** Width of one head; even. headCount x headSize need not be `hiddenSize`. */
  readonly headSize: number;
  /** The longest sequence that the model was made for, in tokens. */
  readonly contextLength: number;
  /** What is added under the root of each RMS norm. */
  readonly rmsNormEpsilon: number;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  readonly ropeStyle: RopeStyle;
  /** Whether the output matrix is the embedding table. */
  readonly tieWordEmbeddings: boolean;
  /** Whether the four projections of attention have biases. */
  readonly attentionBias: boolean;
  /** Whether the three projections of the feed-forward blocks have biases. */
  readonly mlpBias: boolean;
  /** The token that begins a text, if the model has one. */
  readonly bosId: number | undefined;
  /** Tokens after which generation ends; empty when the model has none. */
  readonly eosIds: readonly number[];
}
