/** The table below the picture of `wick demo`. */

import type { DrawnDemo } from '../pictures/demo.js';
import { formatTable, indent } from './table.js';
import { countOf, formatCount, formatDuration, formatRate } from './units.js';

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
