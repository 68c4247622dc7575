/** What one dispatch costs the host: recorded, planned, submitted, replayed, and naively encoded. */

import { nullBackend } from '@wick/conformance';
import { type Effort, median, repeat, rotated } from '../timing.js';
import { NaiveEncoder } from './naive.js';
import { type FreshTimes, WickRunner } from './wick.js';
import { ACTIVATION_BYTES, createWeights, recordWork } from './workload.js';

export const SIZES: readonly number[] = [100, 1_000, 10_000];

/** Microseconds per dispatch. */
export interface DispatchCost {
  readonly dispatches: number;
  readonly rounds: number;
  /** The fastest round of each. */
  readonly record: number;
  readonly plan: number;
  readonly submit: number;
  readonly total: number;
  readonly replay: number;
  readonly naive: number;
  /** Times the naive encoder: fastest against fastest. */
  readonly totalRatio: number;
  readonly replayRatio: number;
  /** The same, median against median. */
  readonly medianTotalRatio: number;
  readonly medianReplayRatio: number;
}

interface Round {
  readonly fresh: FreshTimes;
  readonly replay: number;
  readonly naive: number;
}

export async function measureDispatches(effort: Effort, dispatches: number): Promise<DispatchCost> {
  const wick = await WickRunner.open(nullBackend(), dispatches);
  const naive = await naiveRunner(dispatches);
  const rounds = await repeat(effort, (i) => takeTurns(wick, naive, i));
  await wick.close();
  const fastest = (value: (round: Round) => number) => Math.min(...rounds.map(value));
  const middle = (value: (round: Round) => number) => median(rounds.map(value));
  const total = ({ fresh }: Round) => fresh.total;
  const replay = (round: Round) => round.replay;
  const immediate = (round: Round) => round.naive;
  const { fresh } = rounds.reduce((best, round) => (total(round) < total(best) ? round : best));
  const perDispatch = (milliseconds: number) => (milliseconds * 1000) / dispatches;
  return {
    dispatches,
    rounds: rounds.length,
    record: perDispatch(fresh.record),
    plan: perDispatch(fresh.plan),
    submit: perDispatch(fresh.submit),
    total: perDispatch(fresh.total),
    replay: perDispatch(fastest(replay)),
    naive: perDispatch(fastest(immediate)),
    totalRatio: fresh.total / fastest(immediate),
    replayRatio: fastest(replay) / fastest(immediate),
    medianTotalRatio: middle(total) / middle(immediate),
    medianReplayRatio: middle(replay) / middle(immediate),
  };
}

async function takeTurns(wick: WickRunner, naive: () => Promise<number>, turn: number): Promise<Round> {
  const round = { fresh: { total: 0, record: 0, plan: 0, submit: 0 }, replay: 0, naive: 0 };
  const calls = [
    async () => {
      round.fresh = await wick.fresh();
    },
    async () => {
      round.naive = await naive();
    },
    async () => {
      round.replay = await wick.replay();
    },
  ];
  for (const call of rotated(calls, turn)) await call();
  return round;
}

/** Milliseconds of the work through the naive encoder, on a backend of its own. */
async function naiveRunner(count: number): Promise<() => Promise<number>> {
  const encoder = new NaiveEncoder(await nullBackend().open());
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
