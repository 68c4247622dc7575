/**
 * `config.json` and `generation_config.json` of a Hugging Face Llama folder, in the classic form
 * (`rope_theta`, `rope_scaling`, `torch_dtype`) and in the newer one (`rope_parameters`, `dtype`).
 */
import { WickError } from '@wick/core';
import * as v from 'valibot';
import { parseAs } from '../schema.js';
import type { LlamaConfig, RopeScaling } from './config.js';
import { checkLlamaConfig } from './validate.js';

const LABEL = 'config.json';

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const tokenId = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const tokenIds = v.union([tokenId, v.array(tokenId)]);

const ropeSchema = v.object({
  rope_type: v.nullish(v.string()),
  /** The name of `rope_type` in older files. */
  type: v.nullish(v.string()),
  rope_theta: v.nullish(positive),
  factor: v.nullish(positive),
  low_freq_factor: v.nullish(positive),
  high_freq_factor: v.nullish(positive),
  original_max_position_embeddings: v.nullish(size),
});

const configSchema = v.object({
  model_type: v.nullish(v.string()),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: v.nullish(size),
  head_dim: v.nullish(size),
  max_position_embeddings: v.nullish(size),
  rms_norm_eps: v.nullish(positive),
  hidden_act: v.nullish(v.string()),
  tie_word_embeddings: v.nullish(v.boolean()),
  attention_bias: v.nullish(v.boolean()),
  mlp_bias: v.nullish(v.boolean()),
  rope_theta: v.nullish(positive),
  rope_scaling: v.nullish(ropeSchema),
  rope_parameters: v.nullish(ropeSchema),
  bos_token_id: v.nullish(tokenId),
  eos_token_id: v.nullish(tokenIds),
});

const generationSchema = v.object({
  bos_token_id: v.nullish(tokenId),
  eos_token_id: v.nullish(tokenIds),
});

type Rope = v.InferOutput<typeof ropeSchema>;

/**
 * Reads the configuration of a Llama. What a file leaves out has the defaults of the Llama architecture:
 * as many key and value heads as query heads, a head size of hidden size over heads, a context of 2048,
 * epsilon 1e-6, base 10000, an output matrix of its own and no biases.
 *
 * @param config the parsed `config.json`
 * @param generation the parsed `generation_config.json`, which decides about the end tokens if it names any
 * @throws BAD_MODEL naming the field: one that is missing, of the wrong kind or contradicts another, or an
 * architecture, activation or rotary scaling that Wick does not have.
 */
export function parseLlamaConfig(config: unknown, generation?: unknown): LlamaConfig {
  const file = parseAs(configSchema, config, LABEL, 'BAD_MODEL');
  const generated = parseAs(generationSchema, generation ?? {}, 'generation_config.json', 'BAD_MODEL');
  const modelType = file.model_type ?? 'llama';
  if (modelType !== 'llama') throw refuse('model_type', `is ${JSON.stringify(modelType)}, not "llama"`);
  const activation = file.hidden_act ?? 'silu';
  if (activation !== 'silu') throw refuse('hidden_act', `is ${JSON.stringify(activation)}, not "silu"`);

  const [ropeField, rope] = file.rope_parameters
    ? (['rope_parameters', file.rope_parameters] as const)
    : (['rope_scaling', file.rope_scaling ?? undefined] as const);
  const eos = generated.eos_token_id ?? file.eos_token_id ?? [];
  return checkLlamaConfig(
    {
      vocabularySize: file.vocab_size,
      hiddenSize: file.hidden_size,
      intermediateSize: file.intermediate_size,
      layerCount: file.num_hidden_layers,
      headCount: file.num_attention_heads,
      keyValueHeadCount: file.num_key_value_heads ?? file.num_attention_heads,
      headSize: file.head_dim ?? file.hidden_size / file.num_attention_heads,
      contextLength: file.max_position_embeddings ?? 2048,
      rmsNormEpsilon: file.rms_norm_eps ?? 1e-6,
      ropeTheta: rope?.rope_theta ?? file.rope_theta ?? 10_000,
      ropeScaling: parseScaling(rope, ropeField),
      ropeStyle: 'half',
      tieWordEmbeddings: file.tie_word_embeddings ?? false,
      attentionBias: file.attention_bias ?? false,
      mlpBias: file.mlp_bias ?? false,
      bosId: generated.bos_token_id ?? file.bos_token_id ?? undefined,
      eosIds: typeof eos === 'number' ? [eos] : eos,
    },
    LABEL,
  );
}

function parseScaling(rope: Rope | undefined, field: string): RopeScaling {
  const type = rope?.rope_type ?? rope?.type ?? 'default';
  const need = (name: keyof Rope): number => {
    const value = rope?.[name];
    if (typeof value !== 'number')
      throw refuse(`${field}.${name}`, `is missing, and rope_type ${type} needs it`);
    return value;
  };
  switch (type) {
    case 'default':
      return { type };
    case 'linear':
      return { type, factor: need('factor') };
    case 'llama3':
      return {
        type,
        factor: need('factor'),
        lowFrequencyFactor: need('low_freq_factor'),
        highFrequencyFactor: need('high_freq_factor'),
        originalContextLength: need('original_max_position_embeddings'),
      };
    default:
      throw refuse(`${field}.rope_type`, `is ${JSON.stringify(type)}; Wick has default, linear and llama3`);
  }
}

function refuse(field: string, what: string): WickError {
  return new WickError('BAD_MODEL', `${LABEL}: ${field} ${what}.`, { label: LABEL });
}
