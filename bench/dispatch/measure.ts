/** What one dispatch costs the host: recorded, planned, submitted, replayed, and naively encoded. */

import type { BackendFactory } from '@wick/core';
import { type Effort, median, repeat, rotated } from '../timing.js';
import { NaiveEncoder } from './naive.js';
import { type FreshTimes, WickRunner } from './wick.js';
import { ACTIVATION_BYTES, createWeights, recordWork } from './workload.js';

export const SIZES: readonly number[] = [100, 1_000, 10_000];

/** Microseconds per dispatch, medians; ratios are medians of the ratios of single rounds. */
export interface DispatchCost {
  readonly dispatches: number;
  readonly rounds: number;
  readonly record: number;
  readonly plan: number;
  readonly submit: number;
  readonly total: number;
  readonly replay: number;
  readonly naive: number;
  readonly totalRatio: number;
  readonly replayRatio: number;
}

export async function measureDispatches(
  factory: BackendFactory,
  effort: Effort,
  dispatches: number,
): Promise<DispatchCost> {
  const wick = await WickRunner.open(factory, dispatches);
  const naive = await naiveRunner(factory, dispatches);
  const rounds = await repeat(effort, async (i) => {
    let fresh: FreshTimes | undefined;
    let replay = 0;
    let immediate = 0;
    const calls = [
      async () => {
        fresh = await wick.fresh();
      },
      async () => {
        immediate = await naive();
      },
      async () => {
        replay = await wick.replay();
      },
    ];
    for (const call of rotated(calls, i)) await call();
    return { ...(fresh ?? { total: 0, record: 0, plan: 0, submit: 0 }), replay, immediate };
  });
  await wick.close();
  const each = (value: (round: (typeof rounds)[number]) => number) =>
    (median(rounds.map(value)) * 1000) / dispatches;
  return {
    dispatches,
    rounds: rounds.length,
    record: each((round) => round.record),
    plan: each((round) => round.plan),
    submit: each((round) => round.submit),
    total: each((round) => round.total),
    replay: each((round) => round.replay),
    naive: each((round) => round.immediate),
    totalRatio: median(rounds.map((round) => round.total / round.immediate)),
    replayRatio: median(rounds.map((round) => round.replay / round.immediate)),
  };
}

/** Milliseconds of the work through the naive encoder, on a backend of its own. */
async function naiveRunner(factory: BackendFactory, count: number): Promise<() => Promise<number>> {
  const encoder = new NaiveEncoder(await factory.open());
  const written = (buffer: { written: boolean }) => {
    buffer.written = true;
  };
  const weights = createWeights(encoder, written);
  const x = encoder.createBuffer({ byteLength: ACTIVATION_BYTES, label: 'x' });
  written(x);
  return async () => {
    const begun = performance.now();
    const out = encoder.scope(() => recordWork(encoder, weights, x, count));
    await encoder.idle();
    const total = performance.now() - begun;
    encoder.free(out);
    return total;
  };
}
