/**
 * Timing on shared, noisy machines: many short rounds in which the things to compare take turns, and the
 * median. A slow moment of the machine so falls on all of them, and no single round decides.
 */

/** How long to measure. */
export interface Effort {
  /** Rounds that count, at least. */
  readonly rounds: number;
  /** Rounds before them, at least. */
  readonly warmUp: number;
  /** Milliseconds that the warm-up goes on for, and the rounds that count, at least. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export const FULL: Effort = { rounds: 40, warmUp: 10, warmUpMs: 1500, measureMs: 3000 };
export const QUICK: Effort = { rounds: 3, warmUp: 2, warmUpMs: 0, measureMs: 0 };

/** Runs `round` as often as `effort` says; returns the results of the rounds that count. */
export async function repeat<T>(effort: Effort, round: (i: number) => T | Promise<T>): Promise<T[]> {
  await during(effort.warmUp, effort.warmUpMs, round);
  return during(effort.rounds, effort.measureMs, round);
}

async function during<T>(rounds: number, ms: number, round: (i: number) => T | Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const end = performance.now() + ms;
  for (let i = 0; i < rounds || performance.now() < end; i++) {
    // Every round begins with a clean heap and pays for the garbage that it makes.
    globalThis.gc?.();
    results.push(await round(i));
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The calls in another order each time: who goes first does not always pay for waking up. */
export function rotated<T>(calls: readonly T[], by: number): T[] {
  const first = by % calls.length;
  return [...calls.slice(first), ...calls.slice(0, first)];
}
