/** Where temporaries live and when, as a picture: rows are ranges of addresses, columns are time. */

import type { TemporaryReport } from '../plan/report.js';
import { formatBytes } from './units.js';

const GLYPHS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const FREE = '·';

/** The letter of a temporary; those that are used near each other have different ones. */
export function glyphOf(index: number): string {
  return GLYPHS[index % GLYPHS.length];
}

export interface MapSize {
  /** Most characters in a line. */
  readonly columns: number;
  readonly rows: number;
}

/**
 * A map of one memory. Where several temporaries fall into one cell, the one that fills most of it is shown.
 *
 * @param temporaries with their index in the whole plan, which decides about their letters
 * @param commands number of commands of the plan
 */
export function formatPlacementMap(
  temporaries: readonly (readonly [number, TemporaryReport])[],
  commands: number,
  { columns, rows }: MapSize,
): string {
  const ranges = addressRanges(
    temporaries.map(([, temporary]) => temporary),
    rows,
  );
  const heads = ranges.map(([start]) => formatBytes(start));
  const headWidth = Math.max(...heads.map((head) => head.length));
  const width = Math.min(commands, columns - headWidth - 1);
  const at = (column: number) => Math.floor((column * commands) / width);
  const lines = ranges.map(([start, end], row) => {
    let line = '';
    for (let column = 0; column < width; column++) {
      line += cell(temporaries, start, end, at(column), at(column + 1));
    }
    return `${heads[row].padStart(headWidth)} ${line}`;
  });
  return [...lines, `${' '.repeat(headWidth)} ${axis(commands, width)}`].join('\n');
}

/** The positions of the first and the last column. */
function axis(commands: number, width: number): string {
  const end = `#${commands - 1}`;
  return width < end.length + 3 ? '#0' : `#0${end.padStart(width - 2)}`;
}

/** Ranges between all places where temporaries begin or end, the smallest merged until few enough are left. */
function addressRanges(temporaries: readonly TemporaryReport[], most: number): [number, number][] {
  const edges = new Set([0]);
  for (const { offset, byteLength } of temporaries) {
    edges.add(offset);
    edges.add(offset + byteLength);
  }
  const sorted = [...edges].sort((a, b) => a - b);
  while (sorted.length - 1 > most) {
    let smallest = 1;
    for (let i = 1; i < sorted.length - 1; i++) {
      if (sorted[i + 1] - sorted[i - 1] < sorted[smallest + 1] - sorted[smallest - 1]) smallest = i;
    }
    sorted.splice(smallest, 1);
  }
  return sorted.slice(1).map((end, i) => [sorted[i], end]);
}

function cell(
  temporaries: readonly (readonly [number, TemporaryReport])[],
  start: number,
  end: number,
  first: number,
  stop: number,
): string {
  let most = 0;
  let glyph = FREE;
  for (const [index, temporary] of temporaries) {
    const bytes = Math.min(end, temporary.offset + temporary.byteLength) - Math.max(start, temporary.offset);
    const commands = Math.min(stop, temporary.last + 1) - Math.max(first, temporary.first);
    if (bytes <= 0 || commands <= 0 || bytes * commands <= most) continue;
    most = bytes * commands;
    glyph = glyphOf(index);
  }
  return glyph;
}
