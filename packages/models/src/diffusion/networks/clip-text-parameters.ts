import type { ParameterInfo } from '../../weights/check.js';
import type { Weights } from '../../weights/weights.js';
import type { ClipTextConfig } from '../config/text-encoder.js';
import { mapWeights } from '../map-weights.js';
import { ParameterList } from './parameter-list.js';

const PREFIX = 'text_model.';

/** The parameters of a CLIP text encoder under their published names, in the order in which they are used. */
export function clipTextParameters(config: ClipTextConfig): ParameterInfo[] {
  const { hiddenSize, intermediateSize } = config;
  const list = new ParameterList();
  const model = list.at('text_model');
  model.add('embeddings.token_embedding.weight', config.vocabularySize, hiddenSize);
  model.add('embeddings.position_embedding.weight', config.maxLength, hiddenSize);
  for (let i = 0; i < config.layerCount; i++) {
    const layer = model.at(`encoder.layers.${i}`);
    layer.norm('layer_norm1', hiddenSize);
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      layer.linear(`self_attn.${name}`, hiddenSize, hiddenSize);
    }
    layer.norm('layer_norm2', hiddenSize);
    layer.linear('mlp.fc1', hiddenSize, intermediateSize);
    layer.linear('mlp.fc2', intermediateSize, hiddenSize);
  }
  model.norm('final_layer_norm', hiddenSize);
  return list.parameters;
}

/**
 * Whether a tensor in a file is one that no hidden state needs: the positions 0, 1, 2, ... that old writers
 * kept, and the projection of the pooled text.
 */
export function isRedundantClipTensor(name: string): boolean {
  return name === `${PREFIX}embeddings.position_ids` || name === 'text_projection.weight';
}

/** The weights with the prefix `text_model.`, which newer writers leave out. */
export function withTextModelPrefix(weights: Weights): Weights {
  const names = [...weights.tensors.keys()];
  if (names.some((name) => name.startsWith(PREFIX))) return weights;
  return mapWeights(weights, ({ name, shape }) => ({
    name: name === 'text_projection.weight' ? name : PREFIX + name,
    shape,
  }));
}
