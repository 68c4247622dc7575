/** The benchmark's section of docs/performance.md. */

import type { Circumstances } from '../report/results.js';
import { markdownTable } from '../report/tables.js';
import type { Overhead, Times } from './measure.js';
import { DISPATCHES } from './workload.js';

/** Times the hand-written loop, at most. */
export const REPLAY_TARGET = 1.2;
export const FRESH_TARGET = 2;

const micro = (ms: number) => ((ms * 1000) / DISPATCHES).toFixed(2);

function ratio(way: Times, loop: Times, most: number): string {
  const times = way.fastest / loop.fastest;
  return `${times.toFixed(2)}x, ${times <= most ? 'met' : 'missed'}`;
}

export function overheadTable(results: readonly Overhead[]): string {
  return markdownTable(
    [
      'Dawn on',
      'by hand, µs',
      'replayed, µs',
      'afresh, µs',
      `replayed / by hand (at most ${REPLAY_TARGET}x)`,
      `afresh / by hand (at most ${FRESH_TARGET}x)`,
      'medians',
      'rounds',
    ],
    results.map(({ name, loop, replay, fresh, rounds }) => [
      name,
      micro(loop.fastest),
      micro(replay.fastest),
      micro(fresh.fastest),
      ratio(replay, loop, REPLAY_TARGET),
      ratio(fresh, loop, FRESH_TARGET),
      `${(replay.median / loop.median).toFixed(2)}x, ${(fresh.median / loop.median).toFixed(2)}x`,
      String(rounds),
    ]),
  );
}

export function section(results: readonly Overhead[], circumstances: Circumstances): string {
  const { date, node, system, cpu, cores, load, quick } = circumstances;
  const effort = quick ? ' A few rounds only: these figures say nothing.' : '';
  return `## Cost of Wick over WebGPU

Measured on ${date} with Node ${node}, ${system}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}.${effort} \`pnpm bench:overhead\` measures anew.

${DISPATCHES.toLocaleString('en-US')} small dispatches in a chain, microseconds for each from the first call to the completion of everything. "By hand" is a plain loop over the pipelines, bind groups, offsets and parameter blocks that Wick's replay uses, in as many command buffers. "Afresh" is recorded, planned, encoded and submitted each time. In every round the three take turns; fastest against fastest, then median against median.

${overheadTable(results)}
`;
}
