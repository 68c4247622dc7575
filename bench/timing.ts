/**
 * Timing on shared, noisy machines: many short rounds in which the things to compare take turns. The
 * fastest round is what the work costs when nothing else runs; the median is what it costs here and now,
 * garbage collection and neighbours included.
 */

/** How long to measure. */
export interface Effort {
  /** Rounds before those that count, and rounds that count, at least. */
  readonly warmUp: number;
  readonly rounds: number;
  /** Milliseconds that each of the two goes on for, at least. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export const FULL: Effort = { warmUp: 10, rounds: 50, warmUpMs: 2000, measureMs: 4000 };
export const QUICK: Effort = { warmUp: 1, rounds: 2, warmUpMs: 0, measureMs: 0 };

/** Runs `round` as often as `effort` says; returns the results of the rounds that count. */
export async function repeat<T>(effort: Effort, round: (i: number) => Promise<T>): Promise<T[]> {
  await during(effort.warmUp, effort.warmUpMs, round);
  return during(effort.rounds, effort.measureMs, round);
}

async function during<T>(rounds: number, ms: number, round: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const end = performance.now() + ms;
  for (let i = 0; i < rounds || performance.now() < end; i++) results.push(await round(i));
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The calls in another order each time, so that none always comes first. */
export function rotated<T>(calls: readonly T[], by: number): T[] {
  const first = by % calls.length;
  return [...calls.slice(first), ...calls.slice(0, first)];
}
