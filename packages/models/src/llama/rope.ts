import { WickError } from '@wick/core';
import type { LlamaConfig, RopeScaling } from './config.js';

/**
 * The rotary frequencies of a model: headSize / 2 numbers, in radians for each position.
 * Frequency i is theta^(-2i / headSize) (Su et al., "RoFormer", arXiv 2104.09864), stretched as the
 * configuration asks.
 *
 * @param factors the tensor `rope_freqs.weight`, for configurations whose scaling is `factors`
 * @throws BAD_MODEL when the factors are missing or not headSize / 2 positive numbers.
 */
export function ropeFrequencies(config: LlamaConfig, factors?: Float32Array): Float32Array {
  const { headSize, ropeTheta, ropeScaling } = config;
  const count = headSize / 2;
  if (ropeScaling.type === 'factors') {
    const good =
      factors?.length === count && factors.every((factor) => factor > 0 && Number.isFinite(factor));
    if (!good) {
      const what = `has ${factors?.length ?? 0} numbers, not ${count} positive ones`;
      throw new WickError('BAD_MODEL', `rope_freqs.weight ${what}.`, { label: 'rope_freqs.weight' });
    }
  }
  return Float32Array.from({ length: count }, (_, i) => {
    const frequency = ropeTheta ** ((-2 * i) / headSize);
    return frequency / divisor(ropeScaling, frequency, factors?.[i] ?? 1);
  });
}

/** What a frequency is divided by. */
function divisor(scaling: RopeScaling, frequency: number, factor: number): number {
  switch (scaling.type) {
    case 'default':
      return 1;
    case 'linear':
      return scaling.factor;
    case 'factors':
      return factor;
    case 'llama3': {
      // Llama 3.1: wavelengths above the training context over low_freq_factor are stretched by `factor`,
      // those below the context over high_freq_factor stay, and in between the inverse of the divisor
      // runs linearly with the turns that fit into the context.
      const turns = (scaling.originalContextLength * frequency) / (2 * Math.PI);
      const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
      const share = Math.min(Math.max((turns - low) / (high - low), 0), 1);
      return 1 / ((1 - share) / scaling.factor + share);
    }
    default:
      scaling satisfies never;
      return 1;
  }
}
