/** Random graphs for fast-check, which shrinks a failing one to the smallest that still fails. */

import fc from 'fast-check';
import type { Graph, Op, Span } from './graph.js';
import type { GraphKernel } from './kernels.js';

const BUFFERS = 3;
const BLOCKS = 6;
const MOST_OPS = 24;

/** Mostly spans that are the same or apart; one in four lies across others. */
function span(length: number): fc.Arbitrary<Span> {
  const even = fc.nat(BLOCKS / length - 1).map((n) => n * length);
  const at = fc.oneof({ weight: 3, arbitrary: even }, { weight: 1, arbitrary: fc.nat(BLOCKS - length) });
  return fc.record({ buffer: fc.nat(BUFFERS - 1), at, length: fc.constant(length) });
}

const salt = fc.integer({ min: 1, max: 0xffff });

const BINDINGS: Readonly<Record<GraphKernel, number>> = { mix: 2, blend: 3, stir: 1, absorb: 2, split: 3 };

function dispatch(length: number): fc.Arbitrary<Op> {
  const kernel = fc.constantFrom(...(Object.keys(BINDINGS) as GraphKernel[]));
  return kernel.chain((name) =>
    fc.record({
      op: fc.constant('dispatch' as const),
      kernel: fc.constant(name),
      spans: fc.array(span(length), { minLength: BINDINGS[name], maxLength: BINDINGS[name] }),
      salt,
    }),
  );
}

/** Commands whose spans are `length` blocks long. */
function command(length: number): fc.Arbitrary<Op> {
  const one = span(length);
  return fc.oneof(
    { weight: 6, arbitrary: dispatch(length) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('sum' as const), a: one, b: one, to: one }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('copy' as const), from: one, to: one }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('fill' as const), to: one, value: salt }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('upload' as const), to: one, salt }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('read' as const), from: one }) },
  );
}

const anyCommand: fc.Arbitrary<Op> = fc.oneof(command(1), command(2), command(3));

const renew: fc.Arbitrary<Op> = fc.record({
  op: fc.constant('renew' as const),
  buffer: fc.nat(BUFFERS - 1),
  by: fc.constantFrom('fill' as const, 'upload' as const, 'dispatch' as const),
  salt,
});

const inner: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: anyCommand },
  { weight: 2, arbitrary: renew },
);

function run(body: fc.Arbitrary<Op>): fc.Arbitrary<Op> {
  return fc.record({
    op: fc.constant('run' as const),
    body: fc.array(body, { maxLength: 8, size: 'max' }),
    abort: fc.integer({ min: 0, max: 5 }).map((n) => n === 5),
  });
}

const any: fc.Arbitrary<Op> = fc.oneof(
  { weight: 12, arbitrary: anyCommand },
  { weight: 2, arbitrary: renew },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('settle' as const) }) },
  {
    weight: 3,
    arbitrary: run(fc.oneof({ weight: 8, arbitrary: inner }, { weight: 1, arbitrary: run(inner) })),
  },
);

/** Graphs over three buffers of six blocks. */
export const graphs: fc.Arbitrary<Graph> = fc
  .array(any, { minLength: 1, maxLength: MOST_OPS, size: 'max' })
  .map((ops) => ({ buffers: BUFFERS, blocks: BLOCKS, ops }));

/** Graphs of commands alone, which can be compiled: no reads, runs or flushes. */
export const compilableGraphs: fc.Arbitrary<Graph> = fc
  .array(
    anyCommand.filter(({ op }) => op !== 'read'),
    { minLength: 1, maxLength: MOST_OPS, size: 'max' },
  )
  .map((ops) => ({ buffers: BUFFERS, blocks: BLOCKS, ops }));
