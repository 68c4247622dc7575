import { WickError } from '@wick/core';
import type { LlamaConfig } from './config.js';

/** Far above any model, and low enough that a wrong number costs neither time nor memory. */
const MAX_LAYERS = 10_000;
const MAX_HEAD_SIZE = 65_536;

/**
 * Gives `config` back if its numbers fit together.
 *
 * @throws BAD_MODEL, with `label` as the file that it came from.
 */
export function checkLlamaConfig(config: LlamaConfig, label: string): LlamaConfig {
  const { headCount, keyValueHeadCount, headSize, vocabularySize, ropeScaling: scaling } = config;
  const refuse = (what: string): WickError => new WickError('BAD_MODEL', `${label}: ${what}.`, { label });
  if (config.layerCount > MAX_LAYERS) throw refuse(`${config.layerCount} layers are more than ${MAX_LAYERS}`);
  if (headSize > MAX_HEAD_SIZE) throw refuse(`the head size ${headSize} is above ${MAX_HEAD_SIZE}`);
  if (headCount % keyValueHeadCount !== 0) {
    throw refuse(`${headCount} query heads cannot share ${keyValueHeadCount} key and value heads evenly`);
  }
  if (!Number.isInteger(headSize) || headSize % 2 !== 0) {
    throw refuse(`the head size is ${headSize}, but rotary embedding needs an even whole number`);
  }
  if (scaling.type === 'llama3' && scaling.highFrequencyFactor <= scaling.lowFrequencyFactor) {
    throw refuse(
      `high_freq_factor ${scaling.highFrequencyFactor} is not above low_freq_factor ${scaling.lowFrequencyFactor}`,
    );
  }
  for (const id of [config.bosId ?? 0, ...config.eosIds]) {
    if (id >= vocabularySize) throw refuse(`token ${id} is named, but the vocabulary has ${vocabularySize}`);
  }
  return config;
}
