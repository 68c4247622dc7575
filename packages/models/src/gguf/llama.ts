/** Llama models in GGUF files: their configuration, and their tensors under Hugging Face names. */
import type { LlamaConfig, RopeScaling } from '../llama/config.js';
import { checkLlamaConfig } from '../llama/validate.js';
import { findWeight, type WeightInfo, type Weights } from '../weights/weights.js';
import type { GgufFile } from './file.js';
import { badKey, type GgufMetadata, positive, size, text, texts, tokenId } from './metadata.js';

/** The tensor with the divisors of the rotary frequencies. It has no name in the Hugging Face layout. */
export const ROPE_FACTORS = 'rope_freqs.weight';

const MODEL_NAMES: ReadonlyMap<string, string> = new Map([
  ['token_embd.weight', 'model.embed_tokens.weight'],
  ['output_norm.weight', 'model.norm.weight'],
  ['output.weight', 'lm_head.weight'],
]);

const LAYER_NAMES: ReadonlyMap<string, string> = new Map([
  ['attn_norm', 'input_layernorm'],
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
]);

/** The Hugging Face name of a Llama tensor in a GGUF file; an unknown name stays as it is. */
export function llamaNameFromGguf(name: string): string {
  const layer = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name);
  if (layer === null) return MODEL_NAMES.get(name) ?? name;
  const [, index, part, kind] = layer;
  const known = LAYER_NAMES.get(part);
  return known === undefined ? name : `model.layers.${index}.${known}.${kind}`;
}

/** What `llamaConfigFromGguf` needs of a file. */
export type GgufModel = Pick<GgufFile, 'metadata' | 'tensors'>;

/**
 * The configuration of a Llama from the `llama.*` and `tokenizer.ggml.*` keys of a GGUF file. Ties and
 * biases follow from which tensors there are.
 *
 * The converter that made the file reordered the rows of the query and key matrices, and of their biases,
 * so that the numbers which are rotated together lie beside each other: `ropeStyle` is `interleaved`.
 *
 * @throws BAD_MODEL naming the key: another architecture, a key that is missing, of the wrong kind or
 * contradicts another, or a rotary scaling that Wick does not have.
 */
export function llamaConfigFromGguf({ metadata, tensors }: GgufModel): LlamaConfig {
  const architecture = text(metadata, 'general.architecture');
  if (architecture !== 'llama') {
    throw badKey('general.architecture', `is ${JSON.stringify(architecture ?? null)}, not "llama"`);
  }
  const parts = size(metadata, 'split.count', 1);
  if (parts > 1) throw badKey('split.count', `is ${parts}: join the parts into one file first`);
  if (metadata.has('llama.expert_count'))
    throw badKey('llama.expert_count', 'is there: Wick has no mixture of experts');

  const hiddenSize = size(metadata, 'llama.embedding_length');
  const headCount = size(metadata, 'llama.attention.head_count');
  const headSize = size(metadata, 'llama.attention.key_length', hiddenSize / headCount);
  sameAsHead(metadata, 'llama.attention.value_length', headSize);
  sameAsHead(metadata, 'llama.rope.dimension_count', headSize);
  const eos = [
    tokenId(metadata, 'tokenizer.ggml.eos_token_id'),
    tokenId(metadata, 'tokenizer.ggml.eot_token_id'),
  ];
  return checkLlamaConfig(
    {
      vocabularySize: vocabularySize(metadata),
      hiddenSize,
      intermediateSize: size(metadata, 'llama.feed_forward_length'),
      layerCount: size(metadata, 'llama.block_count'),
      headCount,
      keyValueHeadCount: size(metadata, 'llama.attention.head_count_kv', headCount),
      headSize,
      contextLength: size(metadata, 'llama.context_length'),
      rmsNormEpsilon: positive(metadata, 'llama.attention.layer_norm_rms_epsilon'),
      ropeTheta: positive(metadata, 'llama.rope.freq_base', 10_000),
      ropeScaling: ropeScaling(metadata, tensors.has(ROPE_FACTORS)),
      ropeStyle: 'interleaved',
      tieWordEmbeddings: !tensors.has('output.weight'),
      attentionBias: tensors.has('blk.0.attn_q.bias'),
      mlpBias: tensors.has('blk.0.ffn_gate.bias'),
      bosId: tokenId(metadata, 'tokenizer.ggml.bos_token_id'),
      eosIds: [...new Set(eos.filter((id) => id !== undefined))],
    },
    'GGUF metadata',
  );
}

function sameAsHead(metadata: GgufMetadata, key: string, headSize: number): void {
  const value = size(metadata, key, headSize);
  if (value !== headSize) throw badKey(key, `is ${value}, not the head size ${headSize}`);
}

function vocabularySize(metadata: GgufMetadata): number {
  const tokens = texts(metadata, 'tokenizer.ggml.tokens');
  return tokens?.length ?? size(metadata, 'llama.vocab_size');
}

function ropeScaling(metadata: GgufMetadata, hasFactors: boolean): RopeScaling {
  const type = text(metadata, 'llama.rope.scaling.type') ?? 'none';
  if (type !== 'none' && type !== 'linear') {
    throw badKey('llama.rope.scaling.type', `is ${JSON.stringify(type)}; Wick has none and linear`);
  }
  // Older writers gave the factor of linear scaling a key of its own.
  const factor =
    type === 'linear'
      ? positive(metadata, 'llama.rope.scaling.factor')
      : positive(metadata, 'llama.rope.scale_linear', 1);
  if (hasFactors && factor !== 1)
    throw badKey('llama.rope.scaling.factor', `is there beside ${ROPE_FACTORS}`);
  if (hasFactors) return { type: 'factors' };
  return factor === 1 ? { type: 'default' } : { type: 'linear', factor };
}

/**
 * The tensors of a Llama GGUF file under their Hugging Face names, without the rotary factors. Closing the
 * result closes the file.
 */
export function llamaWeightsFromGguf(file: GgufFile): Weights {
  const stored = new Map<string, string>();
  const tensors = new Map<string, WeightInfo>();
  for (const [name, { type, shape, byteLength }] of file.tensors) {
    if (name === ROPE_FACTORS) continue;
    const known = llamaNameFromGguf(name);
    // Only a file that has both spellings of a name gets here; both cannot be meant.
    if (tensors.has(known)) throw badKey(name, `is the same tensor as ${stored.get(known)}`);
    stored.set(known, name);
    tensors.set(known, { name: known, type, shape, byteLength });
  }
  const { label } = file;
  return {
    label,
    tensors,
    async read(name, signal) {
      findWeight({ label, tensors }, name);
      return file.read(stored.get(name) ?? name, signal);
    },
    close: () => file.close(),
  };
}
