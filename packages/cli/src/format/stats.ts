/** The figures of `--stats`. */

import type { DeviceStats } from '@wick/core';
import type { SamplingOptions } from '@wick/models';
import type { Generation } from '../generation.js';

/** What was asked for, beside what came of it. */
export interface AskedFor {
  readonly name: string;
  readonly path: string | undefined;
  readonly sampling: SamplingOptions;
}

/** All figures of a device in one flat object: dispatches, barriers, peakPlannedBytes and so on. */
export function flattenStats({
  buffers,
  memory,
  work,
  backend,
}: DeviceStats): Readonly<Record<string, number>> {
  return { liveBuffers: buffers.live, liveBytes: buffers.bytes, ...memory, ...work, ...backend };
}

/** Tokens per second after the first one; 0 where there was none. */
export function decodeRate({ tokens, milliseconds }: Pick<Generation, 'tokens' | 'milliseconds'>): number {
  return tokens.generated < 2 || milliseconds.decode === 0
    ? 0
    : ((tokens.generated - 1) * 1000) / milliseconds.decode;
}

/** One line of JSON without the line break. */
export function formatStats({ name, path, sampling }: AskedFor, generation: Generation): string {
  const { end, tokens, parameterCount, contextLength, backend, milliseconds, stats } = generation;
  const { open, load, prompt, decode } = milliseconds;
  const rounded = { open, load, prompt, decode, total: open + load + prompt + decode };
  return JSON.stringify({
    model: { name, path, parameters: parameterCount, contextLength },
    backend,
    sampling,
    tokens,
    end,
    milliseconds: mapValues(rounded, (value) => round(value, 3)),
    tokensPerSecond: round(decodeRate(generation), 2),
    ...flattenStats(stats),
  });
}

function mapValues<K extends string>(record: Readonly<Record<K, number>>, map: (value: number) => number) {
  return Object.fromEntries(Object.entries<number>(record).map(([key, value]) => [key, map(value)]));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
