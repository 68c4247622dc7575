/**
 * The hazard table: every pair of ways to touch memory, the boundary between them, and how their bytes lie
 * to each other. Each cell is a case: the result is that of program order under every adversary, and a
 * barrier or a wait stands between the two where their bytes conflict, and nowhere else.
 */

import type { Device } from '@wick/core';
import type { Op, Span } from '../graph/graph.js';
import { interpret } from '../graph/interpret.js';
import { blockBytesOf, type CommandOp, isCommand, recordOp, viewOf, wordsOf } from '../graph/perform.js';
import { uploadBuffers } from '../graph/upload.js';
import { assertSame } from '../suite/assert.js';
import type { BackendFacts, CaseContext, ConformanceCase, Stack } from '../suite/case.js';
import { type Boundary, checkBoundary } from './hazard-plan.js';

const LENGTH = 2;
const shared = (at: number): Span => ({ buffer: 0, at, length: LENGTH });
/** Memory of the access's own. */
const own = (buffer: number): Span => ({ buffer, at: 0, length: LENGTH });

type Access = (span: Span, buffer: number) => Op;

/** Ways to touch a span of the shared buffer. */
const ACCESSES: Readonly<Record<string, Access>> = {
  'dispatch reads': (span, buffer) => dispatch('mix', [span, own(buffer)], buffer),
  'dispatch writes': (span, buffer) => dispatch('mix', [own(buffer), span], buffer),
  'dispatch updates': (span, buffer) => dispatch('stir', [span], buffer),
  'copy reads': (span, buffer) => ({ op: 'copy', from: span, to: own(buffer) }),
  'copy writes': (span, buffer) => ({ op: 'copy', from: own(buffer), to: span }),
  'fill writes': (span, buffer) => ({ op: 'fill', to: span, value: 40 + buffer }),
  'upload writes': (span, buffer) => ({ op: 'upload', to: span, salt: 60 + buffer }),
  'host reads': (span) => ({ op: 'read', from: span }),
};

function dispatch(kernel: 'mix' | 'stir', spans: readonly Span[], salt: number): CommandOp {
  return { op: 'dispatch', kernel, spans, salt };
}

/** How the second span lies to the first, which is blocks 2 and 3. */
const RELATIONS = [
  { relation: 'same', at: 2, overlaps: true },
  { relation: 'overlapping', at: 3, overlaps: true },
  { relation: 'touching', at: 4, overlaps: false },
] as const;

const programOrder = { lookAhead: 1 };

const BOUNDARIES: Readonly<Record<Boundary, Stack>> = {
  'one pass': { device: { planning: programOrder } },
  'passes of one submission': { device: { planning: programOrder }, demands: { transfersInComputePass: [] } },
  'two submissions of one plan': {
    device: { planning: { ...programOrder, bounds: { maxCommandsPerSubmission: 1 } } },
  },
  'two submissions': { device: { planning: programOrder } },
};

/** One cell of the table. */
export interface HazardCell {
  readonly boundary: Boundary;
  readonly first: string;
  readonly second: string;
  readonly relation: (typeof RELATIONS)[number]['relation'];
  /** Whether something has to keep the two apart. */
  readonly conflicts: boolean;
}

const writes = (name: string) => !name.endsWith('reads');

/** The table, row by row. */
export function hazardCells(): HazardCell[] {
  return (Object.keys(BOUNDARIES) as Boundary[]).flatMap((boundary) =>
    RELATIONS.flatMap(({ relation, overlaps }) =>
      Object.keys(ACCESSES).flatMap((first) =>
        Object.keys(ACCESSES).map((second) => {
          const conflicts = overlaps && (writes(first) || writes(second));
          return { boundary, first, second, relation, conflicts };
        }),
      ),
    ),
  );
}

/** One case for each cell of the table. */
export function hazardCases(): ConformanceCase[] {
  return hazardCells().map((cell) => {
    const { boundary, first, second, relation } = cell;
    return {
      name: `hazard: ${first}, then ${second} (${relation} bytes, ${boundary})`,
      group: `hazards over ${boundary}`,
      inapplicable: (backend) => (boundary === 'one pass' ? apart(cell, backend) : undefined),
      run: (context) => runCell(context, cell),
    };
  });
}

/** Why the two cannot stand in one pass of this backend. */
function apart({ first, second }: HazardCell, { capabilities }: BackendFacts): string | undefined {
  const transfer = [first, second].find((name) => !name.startsWith('dispatch'));
  const compute = [first, second].some((name) => name.startsWith('dispatch'));
  if (transfer === undefined || !compute) return undefined;
  const kind = transfer === 'host reads' ? 'download' : transfer.split(' ')[0];
  return capabilities.transfersInComputePass.some((allowed) => allowed === kind)
    ? undefined
    : `this backend takes no ${kind} into a compute pass`;
}

async function runCell(context: CaseContext, cell: HazardCell): Promise<void> {
  for (const adversary of [undefined, ...context.seeds]) {
    const stack = BOUNDARIES[cell.boundary];
    await context.use(adversary === undefined ? stack : { ...stack, adversary }, async ({ device, log }) => {
      const blockBytes = blockBytesOf(device);
      const { first, between, second } = operations(cell);
      const graph = { buffers: 5, blocks: 8, ops: [first, ...between, second] };
      const want = interpret(graph, blockBytes / 4);
      const buffers = await uploadBuffers(device, graph, blockBytes);
      log.submissions.length = 0;
      const reads: Promise<Uint32Array>[] = [];
      const record = (op: Op, label: string) => {
        if (isCommand(op)) recordOp(device, op, buffers, blockBytes, label);
        if (op.op !== 'read') return;
        const read = wordsOf(device.read(viewOf(buffers, op.from, blockBytes, label)));
        read.catch(() => {}); // it is awaited below, if nothing fails before
        reads.push(read);
      };
      perform(device, cell, record);
      const [got, contents] = await Promise.all([
        Promise.all(reads),
        Promise.all(buffers.map((buffer) => wordsOf(device.read(buffer)))),
      ]);
      for (const [i, words] of want.reads.entries()) assertSame(got[i] ?? [], words, `read ${i}`);
      for (const [i, words] of want.buffers.entries()) assertSame(contents[i], words, `buffer ${i}`);
      checkBoundary(cell.boundary, cell.conflicts, log, device.capabilities);
      for (const buffer of buffers) buffer.free();
    });
  }
}

/** The pair, with what makes a pass end between its halves. */
function operations(cell: HazardCell): { first: Op; between: Op[]; second: Op } {
  const first = ACCESSES[cell.first](shared(2), 1);
  const { at = 0 } = RELATIONS.find(({ relation }) => relation === cell.relation) ?? {};
  const second = ACCESSES[cell.second](shared(at), 2);
  return {
    first,
    second,
    between: cell.boundary === 'passes of one submission' ? spacer(first, second) : [],
  };
}

/** Records the pair with the boundary between its halves. */
function perform(device: Device, cell: HazardCell, record: (op: Op, label: string) => void): void {
  const { first, between, second } = operations(cell);
  if (cell.boundary === 'two submissions') {
    record(first, 'first');
    device.flush();
    record(second, 'second');
    device.flush();
    return;
  }
  device.run(() => {
    record(first, 'first');
    for (const op of between) record(op, 'spacer');
    record(second, 'second');
  });
}

/** What makes a pass end between two commands that could share it, and touches nothing of theirs. */
function spacer(first: Op, second: Op): Op[] {
  const computes = [first, second].filter(({ op }) => op === 'dispatch').length;
  if (computes === 1) return [];
  return computes === 2
    ? [{ op: 'fill', to: own(3), value: 3 }]
    : [{ op: 'dispatch', kernel: 'mix', spans: [own(3), own(4)], salt: 3 }];
}
