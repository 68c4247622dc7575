import { philox4x32, philoxKey, uniformFromWords, WickError } from '@wick/core';
import { applyTemperature, checkLogits, choose, greedy, keepTopK, keepTopP } from './logits.js';

/** How the next token is chosen. */
export interface SamplingOptions {
  /** What logits are divided by, at least 0. 0 takes the most likely token always. Default 1. */
  readonly temperature?: number | undefined;
  /** Only this many of the most likely tokens, at least 1. Default: all. */
  readonly topK?: number | undefined;
  /** Only the most likely tokens that reach this probability together, above 0 and at most 1. Default 1. */
  readonly topP?: number | undefined;
  /** A whole number from 0 to 2^53 - 1. The same seed chooses the same. Default 0. */
  readonly seed?: number | undefined;
}

/** Options with their defaults, checked. */
export interface Sampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

/**
 * Fills in the defaults.
 *
 * @throws INVALID_ARGUMENT naming the option that is out of its range.
 */
export function checkSampling(options: SamplingOptions = {}): Sampling {
  const { temperature = 1, topK = Number.MAX_SAFE_INTEGER, topP = 1, seed = 0 } = options;
  const check = (good: boolean, name: string, value: number, range: string): void => {
    if (!good) throw new WickError('INVALID_ARGUMENT', `The ${name} is ${value}; it has to be ${range}.`);
  };
  check(
    Number.isFinite(temperature) && temperature >= 0,
    'temperature',
    temperature,
    'a number of at least 0',
  );
  check(Number.isSafeInteger(topK) && topK >= 1, 'top-k', topK, 'a whole number of at least 1');
  check(topP > 0 && topP <= 1, 'top-p', topP, 'above 0 and at most 1');
  check(Number.isSafeInteger(seed) && seed >= 0, 'seed', seed, 'a whole number from 0 to 2^53 - 1');
  return { temperature, topK, topP, seed };
}

/**
 * Chooses a token: temperature, then top-k, then top-p, then a random choice among what is left. The
 * random number is a function of seed and step alone, so a choice can be repeated by itself, and equal
 * logits give equal text on every backend.
 *
 * @param logits one number for each token
 * @param step which choice of a text this is, counted from 0
 * @throws BAD_OUTPUT for logits that are NaN or +Infinity, INVALID_ARGUMENT for no logits or a bad step.
 */
export function sample(
  logits: Float32Array,
  { temperature, topK, topP, seed }: Sampling,
  step: number,
): number {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `The step is ${step}; it has to be a whole number of at least 0.`,
    );
  }
  if (temperature === 0) return greedy(logits);
  checkLogits(logits);
  const scaled = applyTemperature(shift(logits), temperature);
  return choose(keepTopP(keepTopK(scaled, topK), topP), uniform(seed, step));
}

/**
 * The highest logit becomes 0, which changes no probability and keeps a tiny temperature from making
 * infinities of all.
 */
function shift(logits: Float32Array): Float32Array {
  const highest = logits[greedy(logits)];
  return logits.map((logit) => logit - highest);
}

/** The random number of a step, in [0, 1). */
function uniform(seed: number, step: number): number {
  const [low, high] = philoxKey(step);
  const words = philox4x32([low, high, 0, 0], philoxKey(seed));
  return uniformFromWords(words[0], words[1]);
}
