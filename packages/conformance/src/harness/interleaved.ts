/**
 * An executor for the CPU backend that behaves like the least orderly GPU the contract allows: the
 * dispatches of an epoch overlap piece by piece, passes and submissions overlap wherever no wait keeps
 * them apart, and what a dispatch is going to write is garbage from its first moment on.
 */

import { bindCommand, CpuAllocation, CpuPipeline, type Executor, type ExecutorHost } from '@wick/backend-cpu';
import type { Submission } from '@wick/core';
import { Random } from './random.js';
import { type CommandStep, type Epoch, type ParsedPass, parsePasses } from './step-list.js';

/** Most pieces that one command is cut into. */
const PIECES = 6;

/** Replays the same choices for the same seed and the same submissions. For `cpu({ executor })`. */
export function interleaved(seed: number): Executor {
  const random = new Random(seed);
  return async (submission, host) => {
    const ended: Promise<void>[] = [];
    for (const pass of parsePasses(submission.steps)) {
      ended.push(runPass(pass, submission, host, random, ended.slice()));
    }
    const results = await Promise.allSettled(ended);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };
}

async function runPass(
  { begin, epochs }: ParsedPass,
  submission: Submission,
  host: ExecutorHost,
  random: Random,
  earlier: readonly Promise<void>[],
): Promise<void> {
  for (const wait of begin.waits) await earlier[wait];
  for (const { pass, serial } of submission.waits) if (pass === begin.pass) await host.ended(serial);
  for (const epoch of epochs) {
    // Between barriers other passes may get far ahead.
    if (random.oneIn(3)) await host.pause();
    await runEpoch(epoch, submission, random);
  }
}

interface Piece {
  readonly command: Running;
  readonly begin: number;
  readonly end: number;
}

/** Runs the pieces of all commands of an epoch in one random order. */
async function runEpoch({ commands }: Epoch, submission: Submission, random: Random): Promise<void> {
  // Bound in any order: binding decodes float16, which is a read.
  const running = random.shuffle([...commands]).map(({ step }) => new Running(step, submission));
  const pieces = random.shuffle(running.flatMap((command) => command.cut(random)));
  for (const { command, begin, end } of pieces) {
    command.run(begin, end);
    if (random.oneIn(4)) await Promise.resolve();
  }
}

/** A command that is under way. */
class Running {
  readonly #bound: ReturnType<typeof bindCommand>;
  #left = 0;

  constructor(step: CommandStep, submission: Submission) {
    smear(step, submission);
    this.#bound = bindCommand(step, submission);
  }

  cut(random: Random): Piece[] {
    const { units } = this.#bound;
    const size = Math.max(1, Math.ceil(units / (1 + random.below(PIECES))));
    const pieces: Piece[] = [];
    for (let begin = 0; begin < Math.max(units, 1); begin += size) {
      pieces.push({ command: this, begin, end: Math.min(begin + size, units) });
    }
    this.#left = pieces.length;
    return pieces;
  }

  run(begin: number, end: number): void {
    this.#bound.run(begin, end);
    if (--this.#left === 0) this.#bound.finish();
  }
}

/** A binding that is only written holds garbage until the dispatch has ended. */
function smear(step: CommandStep, { memory }: Submission): void {
  if (step.op !== 'dispatch' || !(step.pipeline instanceof CpuPipeline)) return;
  for (const [i, { access }] of step.pipeline.request.kernel.bindings.entries()) {
    const range = step.bindings[i];
    if (access !== 'write' || range === undefined) continue;
    const { allocation, offset } = memory[range.memory];
    if (!(allocation instanceof CpuAllocation)) continue;
    allocation.bytes(offset + range.offset, range.byteLength).fill(0xff);
  }
}
