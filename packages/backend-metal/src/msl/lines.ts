/**
 * Kernels over lines: a line is walked by one thread, by a SIMD group, or by a threadgroup of eight. Which it
 * is, is the function constant `width`; partial results meet in SIMD-group operations and, between SIMD
 * groups, in threadgroup memory.
 */

import type { MslShader } from '../kernel.js';

/** Threads that share a line. */
export type LineWidth = 1 | 32 | 256;

export const WIDTH = { name: 'width', index: 0, type: 'uint' } as const;

/** Threads of a threadgroup where each has a line of its own. */
const APART = 256;

/** How many threads a line of `count` elements keeps busy; undefined where replays supply the count. */
export function lineWidth(count: number | undefined, lines?: number): LineWidth {
  if (count === undefined) return 256;
  if (count <= 16 || (lines !== undefined && lines >= 8192 && count <= 64)) return 1;
  return count <= 1024 ? 32 : 256;
}

/** The width behind a specialization that `String(lineWidth(...))` made. */
export function specializedWidth(specialization: string): LineWidth {
  const width = Number.parseInt(specialization, 10);
  return width === 1 || width === 32 ? width : 256;
}

/** How a kernel over lines is launched. */
export function lineLaunch(width: LineWidth): Pick<MslShader, 'threads' | 'tile'> {
  return width === 1 ? { threads: APART, tile: APART } : { threads: width, tile: 1 };
}

/**
 * combined(op, own, cells, simd, member): what all threads of a line have together, given to each of them.
 * Needs `step_of(op, a, b)`, and `type` as that of the values.
 */
export function combinedText(type: string): string {
  return `inline ${type} combined(uint op, ${type} own, threadgroup ${type} *cells, uint simd, uint member) {
  if (width == 1) return own;
  for (ushort distance = 16; distance > 0; distance /= 2) {
    own = step_of(op, own, simd_shuffle_xor(own, distance));
  }
  if (width == 32) return own;
  threadgroup_barrier(mem_flags::mem_threadgroup); // the cells may hold an earlier result
  if (member == 0) cells[simd] = own;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  own = cells[member % 8];
  for (ushort distance = 4; distance > 0; distance /= 2) {
    own = step_of(op, own, simd_shuffle_xor(own, distance));
  }
  return own;
}`;
}

/** The beginning of a body: `line`, and the first element `own` of this thread, which has every `width`-th. */
export function lineStart(lines: string): string {
  return `  const uint line = width == 1 ? group.x * ${APART} + lane : group.x;
  if (line >= ${lines}) return;
  const uint own = width == 1 ? 0 : lane;`;
}

/** Threadgroup memory of {@link combinedText}, declared in the kernel function. */
export function lineCells(type: string, name = 'cells'): string {
  return `  threadgroup ${type} ${name}[8];`;
}

/** A loop over this thread's elements `j` of the line. */
export function eachOf(count: string, statement: string): string {
  return `  for (uint j = own; j < ${count}; j += width) {
${statement}
  }`;
}
