import type { ParameterInfo } from '../weights/check.js';
import type { LlamaConfig } from './config.js';

/**
 * The parameters of a Llama under their Hugging Face names, in the order in which they are used. Matrices
 * are [outputs, inputs]. With tied embeddings there is no `lm_head.weight`.
 */
export function llamaParameters(config: LlamaConfig): ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, layerCount, attentionBias, mlpBias } = config;
  const queries = config.headCount * config.headSize;
  const keys = config.keyValueHeadCount * config.headSize;
  const parameters: ParameterInfo[] = [];
  const add = (name: string, ...shape: number[]): void => {
    parameters.push({ name, shape });
  };
  const linear = (name: string, outputs: number, inputs: number, bias: boolean): void => {
    add(`${name}.weight`, outputs, inputs);
    if (bias) add(`${name}.bias`, outputs);
  };

  add('model.embed_tokens.weight', vocabularySize, hiddenSize);
  for (let i = 0; i < layerCount; i++) {
    const layer = `model.layers.${i}`;
    add(`${layer}.input_layernorm.weight`, hiddenSize);
    linear(`${layer}.self_attn.q_proj`, queries, hiddenSize, attentionBias);
    linear(`${layer}.self_attn.k_proj`, keys, hiddenSize, attentionBias);
    linear(`${layer}.self_attn.v_proj`, keys, hiddenSize, attentionBias);
    linear(`${layer}.self_attn.o_proj`, hiddenSize, queries, attentionBias);
    add(`${layer}.post_attention_layernorm.weight`, hiddenSize);
    linear(`${layer}.mlp.gate_proj`, intermediateSize, hiddenSize, mlpBias);
    linear(`${layer}.mlp.up_proj`, intermediateSize, hiddenSize, mlpBias);
    linear(`${layer}.mlp.down_proj`, hiddenSize, intermediateSize, mlpBias);
  }
  add('model.norm.weight', hiddenSize);
  if (!config.tieWordEmbeddings) add('lm_head.weight', vocabularySize, hiddenSize);
  return parameters;
}

/**
 * Whether a tensor in a Llama file is one that no computation needs: tables of rotary frequencies that old
 * writers kept, and the copy of the embedding table that some keep although it is tied.
 */
export function isRedundantLlamaTensor(name: string, config: LlamaConfig): boolean {
  if (name === 'lm_head.weight') return config.tieWordEmbeddings;
  return /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/.test(name);
}
