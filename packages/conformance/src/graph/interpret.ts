/** What a graph means: its ops one after another on plain arrays. */

import { type Graph, isLegal, type Op, type Span } from './graph.js';
import { graphKernels, mix, runReference } from './kernels.js';

export interface Outcome {
  /** What each read op gives, in program order; reads of aborted runs are left out. */
  readonly reads: Uint32Array[];
  /** The content of each buffer at the end. */
  readonly buffers: Uint32Array[];
}

/** Words that an upload with this salt brings. */
export function uploadedWords(length: number, salt: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b));
}

/** The content of buffer number `buffer` before the first op. */
export function initialWords(length: number, buffer: number): Uint32Array {
  return uploadedWords(length, 1000 + buffer);
}

/**
 * @param wordsPerBlock length of a block in 32-bit words
 * @param initial content of the buffers before the first op
 */
export function interpret(
  graph: Graph,
  wordsPerBlock: number,
  initial: readonly Uint32Array[] = Array.from({ length: graph.buffers }, (_, i) =>
    initialWords(graph.blocks * wordsPerBlock, i),
  ),
): Outcome {
  const outcome: Outcome = { reads: [], buffers: initial.map((words) => words.slice()) };
  interpretOps(graph.ops, outcome, wordsPerBlock, 'top');
  return outcome;
}

/** Outside of any run, inside one, or inside one that will abort. Runs inside a run belong to it. */
type Place = 'top' | 'run' | 'aborting';

function interpretOps(
  ops: readonly Op[],
  { reads, buffers }: Outcome,
  wordsPerBlock: number,
  place: Place,
): void {
  const words = ({ buffer, at, length }: Span) =>
    buffers[buffer].subarray(at * wordsPerBlock, (at + length) * wordsPerBlock);
  for (const op of ops) {
    if (!isLegal(op)) continue;
    switch (op.op) {
      case 'dispatch':
        runReference(graphKernels[op.kernel], op.spans.map(words), op.salt);
        break;
      case 'sum': {
        const [a, b, to] = [words(op.a), words(op.b), words(op.to)];
        for (let i = 0; i < to.length; i++) to[i] = a[i] + b[i];
        break;
      }
      case 'copy':
        words(op.to).set(words(op.from));
        break;
      case 'fill':
        words(op.to).fill(op.value);
        break;
      case 'upload':
        words(op.to).set(uploadedWords(words(op.to).length, op.salt));
        break;
      case 'read':
        if (place !== 'aborting') reads.push(words(op.from).slice());
        break;
      case 'renew':
        // A buffer that is freed inside an aborted run stays freed, so such runs leave this out.
        if (place !== 'aborting') buffers[op.buffer] = renewed(buffers, op);
        break;
      case 'run': {
        const aborts = place === 'top' && op.abort;
        const inside = place === 'top' ? (op.abort ? 'aborting' : 'run') : place;
        const before = aborts ? buffers.map((content) => content.slice()) : [];
        interpretOps(op.body, { reads, buffers }, wordsPerBlock, inside);
        for (const [i, content] of before.entries()) buffers[i] = content;
        break;
      }
      case 'flush':
      case 'settle':
        break;
      default:
        op satisfies never;
    }
  }
}

function renewed(buffers: readonly Uint32Array[], { buffer, by, salt }: Op & { op: 'renew' }): Uint32Array {
  const fresh = new Uint32Array(buffers[buffer].length);
  if (by === 'fill') return fresh.fill(salt);
  if (by === 'upload') return uploadedWords(fresh.length, salt);
  runReference(mix, [buffers[buffer], fresh], salt);
  return fresh;
}
