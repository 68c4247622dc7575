/**
 * The hazard table: every pair of ways to touch memory, with the boundary between them and how their
 * bytes lie to each other. Each cell is a case: the result is that of program order under every
 * adversary, and inside a pass a barrier stands where the bytes conflict and nowhere else.
 */

import type { Graph, Op, Span } from '../graph/graph.js';
import { interpret } from '../graph/interpret.js';
import { blockBytesOf, perform } from '../graph/perform.js';
import { parsePasses } from '../harness/step-list.js';
import { assertEqual, assertSame } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';

/** Ways to touch the span `s` of buffer 0; other memory is the access's own. */
const ACCESSES = {
  'dispatch reads': { writes: false, op: (s: Span, own: number): Op => dispatch('mix', [s, span(own)]) },
  'dispatch writes': { writes: true, op: (s: Span, own: number): Op => dispatch('mix', [span(own), s]) },
  'dispatch updates': { writes: true, op: (s: Span): Op => dispatch('stir', [s]) },
  'copy reads': { writes: false, op: (s: Span, own: number): Op => ({ op: 'copy', from: s, to: span(own) }) },
  'copy writes': { writes: true, op: (s: Span, own: number): Op => ({ op: 'copy', from: span(own), to: s }) },
  'fill writes': { writes: true, op: (s: Span, own: number): Op => ({ op: 'fill', to: s, value: 40 + own }) },
  'upload writes': {
    writes: true,
    op: (s: Span, own: number): Op => ({ op: 'upload', to: s, salt: 60 + own }),
  },
  'host reads': { writes: false, op: (s: Span): Op => ({ op: 'read', from: s }) },
} as const;
type AccessName = keyof typeof ACCESSES;

/** How the second span of buffer 0 lies to the first, blocks 2 and 3. */
const RELATIONS = {
  same: { at: 2, conflicts: true },
  overlapping: { at: 3, conflicts: true },
  touching: { at: 4, conflicts: false },
} as const;

const BOUNDARIES = {
  'one pass': { stack: {}, between: [] },
  'passes of one submission': { stack: { demands: { transfersInComputePass: [] } }, between: [] },
  'two submissions': { stack: {}, between: [{ op: 'flush' } as const] },
} as const satisfies Record<string, { stack: Stack; between: readonly Op[] }>;
type Boundary = keyof typeof BOUNDARIES;

const LENGTH = 2;

function span(buffer: number, at = 2): Span {
  return { buffer, at, length: LENGTH };
}

function dispatch(kernel: 'mix' | 'stir', spans: readonly Span[]): Op {
  return { op: 'dispatch', kernel, spans, salt: 7 + spans.length };
}

/** One case for each cell of the table. */
export function hazardCases(): ConformanceCase[] {
  const names = Object.keys(ACCESSES) as AccessName[];
  return (Object.keys(BOUNDARIES) as Boundary[]).flatMap((boundary) =>
    names.flatMap((first) =>
      names.flatMap((second) =>
        (Object.keys(RELATIONS) as (keyof typeof RELATIONS)[]).map((relation) => ({
          name: `hazard: ${first}, then ${second} (${relation} bytes, ${boundary})`,
          group: `hazards over ${boundary}`,
          run: (context: CaseContext) => runCell(context, first, second, relation, boundary),
        })),
      ),
    ),
  );
}

async function runCell(
  context: CaseContext,
  first: AccessName,
  second: AccessName,
  relation: keyof typeof RELATIONS,
  boundary: Boundary,
): Promise<void> {
  const { stack, between } = BOUNDARIES[boundary];
  const pair: Op[] = [
    ACCESSES[first].op(span(0), 1),
    ...between,
    ACCESSES[second].op(span(0, RELATIONS[relation].at), 2),
  ];
  // In one run, so that nothing is flushed between them; a flush is possible outside of runs only.
  const body: readonly Op[] = between.length > 0 ? pair : [{ op: 'run', body: pair, abort: false }];
  const graph: Graph = { buffers: 3, blocks: 8, ops: [{ op: 'settle' }, ...body] };
  for (const adversary of [undefined, ...context.seeds]) {
    const own: Stack = adversary === undefined ? stack : { ...stack, adversary };
    await context.use(own, async ({ device, log }) => {
      const blockBytes = blockBytesOf(device);
      const wholeBuffers = device.capabilities.wholeAllocationBindings;
      const got = await perform(device, graph, { blockBytes, wholeBuffers });
      const want = interpret(graph, blockBytes / 4, wholeBuffers);
      for (const [i, words] of want.reads.entries()) assertSame(got.reads[i] ?? [], words, `read ${i}`);
      for (const [i, words] of want.buffers.entries()) assertSame(got.buffers[i], words, `buffer ${i}`);
      if (boundary !== 'one pass' || !device.capabilities.explicitBarriers) return;
      // Inside a run a read by the host is a command like any other.
      const passes = log.submissions.flatMap(({ steps }) => parsePasses(steps)).filter(isPair);
      const conflicts = RELATIONS[relation].conflicts && (ACCESSES[first].writes || ACCESSES[second].writes);
      assertEqual(passes.length, 1, 'the number of passes with the pair');
      for (const { epochs } of passes)
        assertEqual(epochs.length - 1, conflicts ? 1 : 0, 'the number of barriers');
    });
  }
}

/** Whether a pass holds exactly two commands. */
function isPair({ epochs }: ReturnType<typeof parsePasses>[number]): boolean {
  return epochs.reduce((sum, { commands }) => sum + commands.length, 0) === 2;
}
