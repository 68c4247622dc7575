/** `text_encoder/config.json`: the text tower of CLIP. */

import * as v from 'valibot';
import { parseAs } from '../../schema.js';
import { layers, positive, size } from './fields.js';
import { refuse } from './refuse.js';

export const TEXT_ENCODER_CONFIG = 'text_encoder/config.json';

/** Everything about a text encoder but its weights. */
export interface ClipTextConfig {
  /** Rows of the token table. */
  readonly vocabularySize: number;
  /** Width of the hidden states. */
  readonly hiddenSize: number;
  /** Width inside the feed-forward blocks. */
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** The longest prompt, in tokens; prompts are padded to it. */
  readonly maxLength: number;
  readonly activation: 'quick_gelu' | 'gelu';
  readonly normEpsilon: number;
}

const schema = v.object({
  model_type: v.nullish(v.picklist(['clip_text_model', 'clip'])),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layers,
  num_attention_heads: size,
  max_position_embeddings: v.nullish(size, 77),
  hidden_act: v.nullish(v.picklist(['quick_gelu', 'gelu']), 'quick_gelu'),
  layer_norm_eps: v.nullish(positive, 1e-5),
});

/** @throws BAD_MODEL naming the field */
export function parseClipTextConfig(config: unknown, label = TEXT_ENCODER_CONFIG): ClipTextConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  if (file.hidden_size % file.num_attention_heads !== 0) {
    throw refuse(
      label,
      'hidden_size',
      `is ${file.hidden_size}, which ${file.num_attention_heads} heads do not divide`,
    );
  }
  return {
    vocabularySize: file.vocab_size,
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    layerCount: file.num_hidden_layers,
    headCount: file.num_attention_heads,
    maxLength: file.max_position_embeddings,
    activation: file.hidden_act,
    normEpsilon: file.layer_norm_eps,
  };
}
