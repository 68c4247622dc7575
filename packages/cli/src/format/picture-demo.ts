/** The table below the picture of `wick demo`. */

import type { DeviceStats } from '@wick/core';
import { formatTable, indent } from './table.js';
import { countOf, formatCount, formatDuration, formatRate } from './units.js';

/** What was drawn, and the work that it took. */
export interface DrawnDemo {
  readonly prompt: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly backend: string;
  readonly milliseconds: { readonly load: number; readonly draw: number };
  readonly before: DeviceStats;
  readonly after: DeviceStats;
}

export function formatPictureDemo(drawn: DrawnDemo): string {
  const { prompt, file, width, height, steps, backend, milliseconds, before, after } = drawn;
  const more = (figure: 'dispatches' | 'barriers' | 'submissions' | 'plans' | 'replays' | 'passes'): number =>
    after.work[figure] - before.work[figure];
  const gaps = Math.max(0, more('dispatches') - more('passes'));
  const rows = [
    ['dispatches', formatCount(more('dispatches')), `${formatRate(more('dispatches') / steps)} a step`],
    ['barriers', formatCount(more('barriers')), `${formatCount(gaps)} if one stood between all dispatches`],
    ['submissions', formatCount(more('submissions')), 'one command buffer each'],
    ['plans', formatCount(more('plans')), `and ${countOf(more('replays'), 'replay')} of the denoising step`],
    ['time', formatDuration(milliseconds.draw), `and ${formatDuration(milliseconds.load)} to load`],
  ];
  const size = `${width} x ${height} pixels in ${countOf(steps, 'step')} on ${backend}`;
  const head = `"${prompt}" is in ${file}: ${size}, scheduled as`;
  return `${head}\n\n${indent(formatTable(rows, ['left', 'right']))}`;
}
