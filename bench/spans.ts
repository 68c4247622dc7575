import type { Trace, TraceLane } from '@wick/core';

/** Milliseconds of all spans that a trace has on a lane. */
export function timeOn(trace: Trace, lane: TraceLane): number {
  const { traceEvents } = trace.toChromeTrace();
  const named = traceEvents.find(({ name, args }) => name === 'thread_name' && args?.name === lane);
  let microseconds = 0;
  for (const { ph, tid, dur } of traceEvents) {
    if (ph === 'X' && tid === named?.tid) microseconds += dur ?? 0;
  }
  return microseconds / 1000;
}
