/** The eleven invariants of the architecture, each with cases of its own. */

import type { CaseContext, ConformanceCase } from '../suite/case.js';
import * as exactness from './invariants/exactness.js';
import * as memory from './invariants/memory.js';
import * as order from './invariants/order.js';
import * as submissions from './invariants/submissions.js';

export function invariantCases(): ConformanceCase[] {
  const made = (
    number: number,
    name: string,
    run: (context: CaseContext) => Promise<void>,
  ): ConformanceCase => ({ name: `invariant ${number}: ${name}`, group: `invariant ${number}`, run });
  return [
    made(1, 'any order that the plan allows gives the result of program order', order.anyOrder),
    made(2, 'disjoint views of one buffer, even those that touch, need no barrier', order.disjointViews),
    made(2, 'the number of barriers is the least that keeps conflicts apart', order.fewestBarriers),
    made(3, 'hazards are found through views, recycled and aliased memory', order.byMemory),
    made(4, 'fills and uploads keep their place in the stream', order.inTheStream),
    made(4, 'every write is a step of a submission, and none is added', order.nothingOnTheSide),
    made(5, 'freed memory is reused at once by later commands', memory.reusedAtOnce),
    made(5, 'recycled memory waits for its last reader', memory.recycledInOrder),
    made(5, 'the backend gets memory back only when nothing in flight uses it', memory.freedInFlight),
    made(6, 'submissions and those in flight are bounded, without deadlock', submissions.bounded),
    made(6, 'submissions are bounded by bytes and by work', submissions.boundedBySize),
    made(7, 'what a failed submission should have written cannot be read', submissions.neverSilent),
    made(7, 'memory that nothing wrote cannot be read', submissions.neverUnwritten),
    made(8, 'a read flushes its producers and leaves the rest', submissions.producersOnly),
    made(8, 'a read waits for its producer, not for the stream', submissions.waitsForProducerOnly),
    made(8, 'hundreds of reads at a time are each right', submissions.manyReads),
    made(9, 'a dispatch without one of its bindings or parameters is refused', exactness.incompleteIsRefused),
    made(9, 'every step has all its bindings, its pipeline and its own parameters', exactness.nothingLeaks),
    made(9, 'a dispatch runs its own pipeline, after another of as many bindings', exactness.ownPipelines),
    made(
      9,
      'every replay has its own parameters, also while others are in flight',
      exactness.replaysKeepTheirParameters,
    ),
    made(10, 'an upload does not touch memory that pending work reads', memory.uploadsWait),
    made(10, 'a read has the bytes of its moment', memory.readsKeepTheirMoment),
    made(11, 'counters are exact and back to the start', exactness.exactCounts),
    made(11, 'memory stays flat over many rounds', exactness.flat),
  ];
}
