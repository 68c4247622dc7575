/** Property tests: random graphs of commands against their meaning in program order, bit for bit. */

import type { Buffer, Device } from '@wick/core';
import fc from 'fast-check';
import { compilableGraphs, graphs } from '../graph/arbitrary.js';
import { type Graph, isLegal } from '../graph/graph.js';
import { initialWords, interpret, type Outcome, uploadedWords } from '../graph/interpret.js';
import { blockBytesOf, isCommand, perform, recordOp, wordsOf } from '../graph/perform.js';
import { assertSame, CaseFailure } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Seed, Stack } from '../suite/case.js';
import { MODES } from './modes.js';

const GROUP = 'random graphs';

/** Graphs for each adversary of a run of the suite. */
const GRAPHS_PER_SEED = 15;

const adversary: fc.Arbitrary<Seed> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('reverse' as const) },
  { weight: 4, arbitrary: fc.nat(0xffffff) },
);

/** Every mode, recorded as users do, and compiled and replayed. */
export function randomGraphCases(): ConformanceCase[] {
  return [
    ...MODES.map(({ name, stack }) => ({
      name: `random graphs: ${name}`,
      group: GROUP,
      run: (context: CaseContext) =>
        check(context, graphs, (graph, seed) => performed(context, graph, { ...stack, adversary: seed })),
    })),
    ...MODES.map(({ name, stack }) => ({
      name: `random graphs, replayed: ${name}`,
      group: GROUP,
      run: (context: CaseContext) =>
        check(context, compilableGraphs, (graph, seed) =>
          replayed(context, graph, { ...stack, adversary: seed }),
        ),
    })),
  ];
}

/** Throws with the smallest graph that fails, its adversary and the seed that finds it again. */
async function check(
  { seeds }: CaseContext,
  arbitrary: fc.Arbitrary<Graph>,
  attempt: (graph: Graph, adversary: Seed) => Promise<void>,
): Promise<void> {
  const seed = seeds.find((each) => typeof each === 'number') ?? 1;
  const result = await fc.check(fc.asyncProperty(arbitrary, adversary, attempt), {
    seed: Number(seed),
    numRuns: GRAPHS_PER_SEED * seeds.length,
  });
  if (!result.failed) return;
  const [graph, adversarySeed] = result.counterexample ?? [];
  const ops = (graph?.ops ?? []).map((op) => `  ${JSON.stringify(op)}`).join('\n');
  throw new CaseFailure(
    `seed ${result.seed}, path "${result.counterexamplePath}", adversary ${adversarySeed}: ${String(result.errorInstance)}\n${ops}`,
    { cause: result.errorInstance },
  );
}

async function performed(context: CaseContext, graph: Graph, stack: Stack): Promise<void> {
  await context.use(stack, async ({ device }) => {
    const blockBytes = blockBytesOf(device);
    const got = await perform(device, graph, { blockBytes });
    compare(got, interpret(graph, blockBytes / 4));
  });
}

/** The graph compiled once and replayed twice on other content. */
async function replayed(context: CaseContext, graph: Graph, stack: Stack): Promise<void> {
  await context.use(stack, async ({ device }) => {
    const blockBytes = blockBytesOf(device);
    const bytes = graph.blocks * blockBytes;
    const slots = Object.fromEntries(Array.from({ length: graph.buffers }, (_, i) => [`slot${i}`, bytes]));
    using compiled = device.compile(slots, (inputs) => {
      const buffers = Object.values(inputs);
      for (const op of graph.ops) {
        if (isCommand(op) && isLegal(op)) recordOp(device, op, buffers, blockBytes);
      }
      return {};
    });
    for (const round of [0, 1]) {
      const content = Array.from({ length: graph.buffers }, (_, i) =>
        round === 0 ? initialWords(bytes / 4, i) : uploadedWords(bytes / 4, 77 * i),
      );
      const got = await onFreshBuffers(device, content, (buffers) => {
        compiled.run(Object.fromEntries(buffers.map((buffer, i) => [`slot${i}`, buffer])));
      });
      compare({ reads: [], buffers: got }, interpret(graph, blockBytes / 4, content));
    }
  });
}

async function onFreshBuffers(
  device: Device,
  content: readonly Uint32Array[],
  work: (buffers: readonly Buffer[]) => void,
): Promise<Uint32Array[]> {
  const buffers = content.map((words) => device.createBuffer({ byteLength: words.byteLength }));
  try {
    for (const [i, words] of content.entries()) device.write(buffers[i], words);
    work(buffers);
    return await Promise.all(buffers.map((buffer) => wordsOf(device.read(buffer))));
  } finally {
    for (const buffer of buffers) buffer.free();
  }
}

function compare(got: Outcome, want: Outcome): void {
  for (const [i, words] of want.reads.entries()) assertSame(got.reads[i] ?? [], words, `read ${i}`);
  for (const [i, words] of want.buffers.entries()) assertSame(got.buffers[i], words, `buffer ${i}`);
}
