/**
 * Steps from logits to a choice, each a pure function. A token that is ruled out has the logit -Infinity.
 * The order of a whole choice is that of Hugging Face's: temperature, then top-k, then top-p.
 */
import { WickError } from '@wick/core';

/**
 * Refuses what nothing can be chosen from.
 *
 * @throws INVALID_ARGUMENT for no logits at all; BAD_OUTPUT for NaN or +Infinity, or when every token is
 * ruled out.
 */
export function checkLogits(logits: Float32Array): void {
  if (logits.length === 0) throw new WickError('INVALID_ARGUMENT', 'There are no logits to choose from.');
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i];
    if (Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY) {
      throw new WickError('BAD_OUTPUT', `The logit of token ${i} is ${logit}; the network overflowed.`);
    }
    if (logit > highest) highest = logit;
  }
  if (highest === Number.NEGATIVE_INFINITY) {
    throw new WickError(
      'BAD_OUTPUT',
      `All ${logits.length} logits are -Infinity; no token is left to choose.`,
    );
  }
}

/** The token with the highest logit, the first of equals. Raises what `checkLogits` raises. */
export function greedy(logits: Float32Array): number {
  checkLogits(logits);
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/** The logits divided by a temperature above 0: below 1 the likely tokens become likelier. */
export function applyTemperature(logits: Float32Array, temperature: number): Float32Array {
  return logits.map((logit) => logit / temperature);
}

/** Rules out all but the `k` highest logits; those equal to the k-th stay too. */
export function keepTopK(logits: Float32Array, k: number): Float32Array {
  if (k >= logits.length) return logits;
  // Float32Array sorts by value, -Infinity first.
  const threshold = logits.toSorted()[logits.length - k];
  return logits.map((logit) => (logit < threshold ? Number.NEGATIVE_INFINITY : logit));
}

/**
 * Keeps the fewest most likely tokens whose probabilities reach `p` together, at least one, and rules out
 * the rest (Holtzman et al., "The Curious Case of Neural Text Degeneration", arXiv 1904.09751). Of equal
 * ones the lower id comes first.
 */
export function keepTopP(logits: Float32Array, p: number): Float32Array {
  if (p >= 1) return logits;
  const probabilities = softmax(logits);
  const order = Uint32Array.from(logits, (_, i) => i).sort(
    (a, b) => probabilities[b] - probabilities[a] || a - b,
  );
  const kept = new Float32Array(logits.length).fill(Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const id of order) {
    kept[id] = logits[id];
    sum += probabilities[id];
    if (sum >= p) break;
  }
  return kept;
}

/** Probabilities of the logits, in float64: e^logit over their sum. */
export function softmax(logits: Float32Array): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > highest) highest = logit;
  const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = probabilities.reduce((total, value) => total + value, 0);
  return probabilities.map((value) => value / sum);
}

/**
 * The token at `u` in [0, 1) when the unit interval is divided among the tokens, in the order of their
 * ids, by their probabilities. A token that is ruled out is never chosen.
 */
export function choose(logits: Float32Array, u: number): number {
  const probabilities = softmax(logits);
  let sum = 0;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    sum += probabilities[id];
    last = id;
    if (u < sum) return id;
  }
  // The sum may stay a rounding error below 1.
  return last;
}
