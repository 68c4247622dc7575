/** The table below the text of `wick demo`. */

import type { Generation } from '../generation.js';
import { decodeRate } from './stats.js';
import { formatTable, indent } from './table.js';
import { countOf, formatBytes, formatCount, formatDuration, formatRate } from './units.js';

/** Temporaries of the largest plan, in bytes. */
export interface TemporaryBytes {
  readonly planned: number;
  readonly unplanned: number;
}

export function formatDemo(generation: Generation, temporaries: TemporaryBytes): string {
  const { tokens, milliseconds, backend, stats } = generation;
  const { open, load, prompt, decode } = milliseconds;
  const { work, memory } = stats;
  // Every dispatch behind another one of its pass.
  const gaps = Math.max(0, work.dispatches - work.passes);
  const rows = [
    [
      'dispatches',
      formatCount(work.dispatches),
      `${formatRate(work.dispatches / Math.max(1, tokens.generated))} a token`,
    ],
    ['passes', formatCount(work.passes), 'one encoder each'],
    ['barriers', formatCount(work.barriers), `${formatCount(gaps)} if one stood between all dispatches`],
    ['submissions', formatCount(work.submissions), 'one command buffer each'],
    [
      'plans',
      formatCount(work.plans),
      `and ${countOf(work.replays, 'replay')} of the decode step, which plan nothing`,
    ],
    [
      'peak memory',
      formatBytes(memory.peakPlannedBytes),
      `planned; ${formatBytes(memory.peakUnplannedBytes)} unplanned`,
    ],
    [
      'temporaries',
      formatBytes(temporaries.planned),
      `planned; ${formatBytes(temporaries.unplanned)} unplanned (largest plan)`,
    ],
    [
      'time',
      formatDuration(open + load + prompt + decode),
      `${formatDuration(load)} to load, ${formatDuration(prompt)} to the first token`,
    ],
    ['speed', `${formatRate(decodeRate(generation))}/s`, 'tokens after the first'],
  ];
  const head = `${countOf(tokens.generated, 'token')} on ${backend.name} (${backend.device}), scheduled as`;
  return `${head}\n\n${indent(formatTable(rows, ['left', 'right']))}`;
}

/**
 * What to try next.
 *
 * @param command how the reader calls this program
 */
export function formatNext(command: string): string {
  const next = [
    [`${command} run shakespeare --prompt $'JULIET:\\n' --seed 7`, 'another text'],
    [`${command} imagine 'a small blue ring' --out ring.png`, 'another picture'],
    [`${command} plan shakespeare`, 'how it is scheduled'],
    [`${command} devices`, 'what else it can run on'],
  ];
  return `Next:\n${indent(formatTable(next))}`;
}
