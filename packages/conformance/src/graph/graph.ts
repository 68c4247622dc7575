/**
 * Graphs of commands as plain data: what cases generate, shrink and print. Memory is a few buffers of
 * equal size, counted in blocks; a span is a run of blocks. One interpreter gives a graph its meaning, in
 * program order on plain arrays; `perform` puts the same graph to a device.
 */

import type { GraphKernel } from './kernels.js';

/** Blocks [at, at + length) of a buffer. */
export interface Span {
  readonly buffer: number;
  readonly at: number;
  readonly length: number;
}

export type Op =
  /** Spans in the order of the kernel's bindings, all of one length. */
  | {
      readonly op: 'dispatch';
      readonly kernel: GraphKernel;
      readonly spans: readonly Span[];
      readonly salt: number;
    }
  /** A kernel of the catalogue, whose dispatches a backend may split and overlap: int32 to = a + b. */
  | { readonly op: 'sum'; readonly a: Span; readonly b: Span; readonly to: Span }
  | { readonly op: 'copy'; readonly from: Span; readonly to: Span }
  | { readonly op: 'fill'; readonly to: Span; readonly value: number }
  /** Uploads words made from `salt`. */
  | { readonly op: 'upload'; readonly to: Span; readonly salt: number }
  /** The host reads the span as of now. */
  | { readonly op: 'read'; readonly from: Span }
  /** Frees a buffer and makes a fresh one in its place, filled or uploaded as a whole. */
  | {
      readonly op: 'renew';
      readonly buffer: number;
      readonly by: 'fill' | 'upload' | 'dispatch';
      readonly salt: number;
    }
  | { readonly op: 'flush' }
  /** Waits until everything has completed. */
  | { readonly op: 'settle' }
  /** A run; one that aborts throws at its end, and nothing of it happens. */
  | { readonly op: 'run'; readonly body: readonly Op[]; readonly abort: boolean };

export interface Graph {
  readonly buffers: number;
  /** Length of each buffer. */
  readonly blocks: number;
  readonly ops: readonly Op[];
}

/** What an op reads and writes. */
export function spansOf(op: Op): { readonly reads: readonly Span[]; readonly writes: readonly Span[] } {
  switch (op.op) {
    case 'dispatch':
      return dispatchSpans(op.kernel, op.spans);
    case 'sum':
      return { reads: [op.a, op.b], writes: [op.to] };
    case 'copy':
      return { reads: [op.from], writes: [op.to] };
    case 'fill':
    case 'upload':
      return { reads: [], writes: [op.to] };
    case 'read':
      return { reads: [op.from], writes: [] };
    default:
      return { reads: [], writes: [] };
  }
}

function dispatchSpans(kernel: GraphKernel, spans: readonly Span[]) {
  switch (kernel) {
    case 'mix':
      return { reads: [spans[0]], writes: [spans[1]] };
    case 'blend':
      return { reads: [spans[0], spans[1]], writes: [spans[2]] };
    case 'stir':
      return { reads: [], writes: [spans[0]] };
    case 'absorb':
      return { reads: [spans[0]], writes: [spans[1]] };
    case 'split':
      return { reads: [spans[0]], writes: [spans[1], spans[2]] };
    default:
      return kernel satisfies never;
  }
}

export function overlapping(a: Span, b: Span): boolean {
  return a.buffer === b.buffer && a.at < b.at + b.length && b.at < a.at + a.length;
}

/**
 * Whether a device takes the op: what is written shares no byte with anything else of the command. Ops
 * that are not legal are left out, by interpreter and device alike.
 */
export function isLegal(op: Op): boolean {
  const { reads, writes } = spansOf(op);
  return writes.every(
    (written, i) =>
      writes.every((other, j) => i === j || !overlapping(written, other)) &&
      reads.every((read) => !overlapping(read, written)),
  );
}
