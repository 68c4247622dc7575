/** Runs submissions on two backends and finds the first command whose output differs. */

import { type Backend, type PipelineRequest, type Submission, WickError } from '@wick/core';
import type { CommandStep } from '../harness/step-list.js';
import { compare } from '../kernels/compare.js';
import { decode } from '../kernels/memory.js';
import { commandsOf, type NamedRange, prefix, rangesOf, single } from './commands.js';
import type { Difference, DiffOptions, DiffOutcome, NamedBytes } from './difference.js';
import { pairPipeline, sideOf } from './pairs.js';
import { Side } from './side.js';
import { scaledTolerance } from './tolerance.js';

/** A submission as both sides know it. */
interface Pair {
  readonly whole: Submission;
  readonly first: Submission;
  readonly second: Submission;
}

/** An output on which the two disagree. */
interface Disagreement extends Pick<Difference, 'index' | 'got' | 'want' | 'count' | 'length'> {
  readonly used: NamedRange;
}

export class Comparer {
  readonly #first: Side;
  readonly #second: Side;

  constructor(
    first: Backend,
    second: Backend,
    private readonly options: DiffOptions,
    private readonly outcome: DiffOutcome,
  ) {
    this.#first = new Side(first);
    this.#second = new Side(second);
  }

  /** Throws `SUBMISSION_FAILED` once a difference is found. */
  async run(whole: Submission): Promise<void> {
    if (this.outcome.difference !== undefined) throw stopped(this.outcome.difference);
    const pair: Pair = { whole, first: sideOf(whole, 'first'), second: sideOf(whole, 'second') };
    const commands = commandsOf(whole.steps);
    this.outcome.submissions++;
    if (this.options.bisect) await this.#bisect(pair, commands);
    else for (const index of commands) await this.#runCommand(pair, index);
  }

  async #runCommand(pair: Pair, index: number): Promise<void> {
    const step = commandAt(pair.whole, index);
    const used = rangesOf(step, requestOf(step));
    const before = await this.#snapshot(
      pair,
      used.filter(({ access }) => access === 'readWrite'),
    );
    await Promise.all([
      this.#first.run(single(pair.first, index)),
      this.#second.run(single(pair.second, index)),
    ]);
    this.outcome.commands++;
    this.options.onCompare?.(this.outcome.commands, step.label);
    const found = await this.#disagreement(pair, step, used);
    if (found !== undefined) {
      const difference = await this.#describe(pair, step, used, before, found);
      this.outcome.difference = difference;
      throw stopped(difference);
    }
  }

  /** Compares what is left at the end of the submission; where it differs, finds the shortest prefix. */
  async #bisect(pair: Pair, commands: readonly number[]): Promise<void> {
    const { whole } = pair;
    if (commands.length === 0) return;
    const before = await this.#contentsWritten(pair, commands);
    const differsAfter = async (count: number): Promise<boolean> => {
      await this.#restore(pair, before);
      if (count === 0) return false;
      await Promise.all([
        this.#first.run(prefix(pair.first, commands[count - 1])),
        this.#second.run(prefix(pair.second, commands[count - 1])),
      ]);
      return this.#finalDisagreement(pair, commands.slice(0, count));
    };
    if (!(await differsAfter(commands.length))) {
      this.outcome.commands += commands.length;
      this.options.onCompare?.(this.outcome.commands, whole.label);
      await this.#align(pair, commands);
      return;
    }
    let good = 0;
    let bad = commands.length;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (await differsAfter(middle)) bad = middle;
      else good = middle;
    }
    await differsAfter(good);
    await this.#align(pair, commands.slice(0, good));
    this.outcome.commands += good;
    // Errors that only add up over several commands show in none of them alone.
    for (const index of commands.slice(good)) await this.#runCommand(pair, index);
  }

  /** Whether any range differs by what its last writer may be wrong by. */
  async #finalDisagreement(pair: Pair, commands: readonly number[]): Promise<boolean> {
    for (const [i, index] of commands.entries()) {
      const step = commandAt(pair.whole, index);
      const later = commands.slice(i + 1).flatMap((next) => writtenBy(pair.whole, next));
      const used = rangesOf(step, requestOf(step)).filter(
        ({ range }) => !later.some((other) => overlap(pair.whole, range, other.range)),
      );
      if ((await this.#disagreement(pair, step, used, false)) !== undefined) return true;
    }
    return false;
  }

  /** The first output of a command that differs; outputs that agree are brought into line. */
  async #disagreement(
    pair: Pair,
    step: CommandStep,
    used: readonly NamedRange[],
    align = true,
  ): Promise<Disagreement | undefined> {
    const request = requestOf(step);
    for (const one of used) {
      if (one.access === 'read') continue;
      const [want, got] = await this.#both(pair, one);
      const expected = decode(one.dtype, want);
      const tolerance = scaledTolerance(request, one.dtype, expected, this.options.tolerance ?? 8);
      const { first, count, worst } = compare(decode(one.dtype, got), expected, one.dtype, tolerance);
      if (first !== undefined) return { used: one, ...first, count, length: expected.length };
      if (worst !== undefined && worst.share > (this.outcome.largest?.share ?? 0)) {
        this.outcome.largest = { share: worst.share, label: step.label };
      }
      if (align && !same(want, got)) await this.#second.write(at(pair.second, one), want);
    }
    return undefined;
  }

  async #both(pair: Pair, one: NamedRange): Promise<[Uint8Array, Uint8Array]> {
    const { byteLength } = one.range;
    return Promise.all([
      this.#first.read(at(pair.first, one), byteLength),
      this.#second.read(at(pair.second, one), byteLength),
    ]);
  }

  async #describe(
    pair: Pair,
    step: CommandStep,
    used: readonly NamedRange[],
    before: readonly NamedBytes[],
    { used: one, ...numbers }: Disagreement,
  ): Promise<Difference> {
    const inputs = await this.#snapshot(
      pair,
      used.filter(({ access }) => access === 'read'),
    );
    const outputs: NamedBytes[] = [];
    for (const range of used.filter(({ access }) => access !== 'read')) {
      const [first, second] = await this.#both(pair, range);
      const { name, dtype } = range;
      outputs.push(
        { name: `first.${name}`, dtype, bytes: first },
        { name: `second.${name}`, dtype, bytes: second },
      );
    }
    const { serial, label } = pair.whole;
    return {
      number: this.outcome.commands,
      label: step.label,
      op: step.op,
      ...dispatchFacts(step, pair.whole),
      submission: { serial, label },
      output: one.name,
      dtype: one.dtype,
      ...numbers,
      inputs: [...inputs, ...before],
      outputs,
    };
  }

  async #snapshot(pair: Pair, used: readonly NamedRange[]): Promise<NamedBytes[]> {
    return Promise.all(
      used.map(async (one) => ({
        name: one.name,
        dtype: one.dtype,
        bytes: (await this.#first.read(at(pair.first, one), one.range.byteLength)).slice(),
      })),
    );
  }

  /** The allocations that the commands write, as they are: by index into the memory table. */
  async #contentsWritten(
    { whole, first }: Pair,
    commands: readonly number[],
  ): Promise<Map<number, Uint8Array>> {
    const written = commands.flatMap((index) => writtenBy(whole, index).map(({ range }) => range.memory));
    const contents = new Map<number, Uint8Array>();
    for (const i of new Set(written)) {
      const { allocation } = first.memory[i];
      contents.set(i, (await this.#first.read({ allocation, offset: 0 }, allocation.byteLength)).slice());
    }
    return contents;
  }

  async #restore({ first, second }: Pair, contents: ReadonlyMap<number, Uint8Array>): Promise<void> {
    for (const [i, bytes] of contents) {
      await this.#first.write({ allocation: first.memory[i].allocation, offset: 0 }, bytes);
      await this.#second.write({ allocation: second.memory[i].allocation, offset: 0 }, bytes);
    }
  }

  async #align(pair: Pair, commands: readonly number[]): Promise<void> {
    for (const index of commands) {
      for (const one of writtenBy(pair.whole, index)) {
        const [want, got] = await this.#both(pair, one);
        if (!same(want, got)) await this.#second.write(at(pair.second, one), want);
      }
    }
  }
}

function commandAt({ steps }: Submission, index: number): CommandStep {
  return steps[index] as CommandStep;
}

function requestOf(step: CommandStep): PipelineRequest | undefined {
  return step.op === 'dispatch' ? pairPipeline(step.pipeline).request : undefined;
}

function writtenBy(submission: Submission, index: number): NamedRange[] {
  const step = commandAt(submission, index);
  return rangesOf(step, requestOf(step)).filter(({ access }) => access !== 'read');
}

/** Where a range lies in the memory of one side. */
function at({ memory }: Submission, { range }: NamedRange) {
  const { allocation, offset } = memory[range.memory];
  return { allocation, offset: offset + range.offset };
}

function overlap({ memory }: Submission, a: NamedRange['range'], b: NamedRange['range']): boolean {
  const [x, y] = [memory[a.memory], memory[b.memory]];
  const [start, other] = [x.offset + a.offset, y.offset + b.offset];
  return x.allocation === y.allocation && start < other + b.byteLength && other < start + a.byteLength;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function dispatchFacts(step: CommandStep, { params }: Submission) {
  if (step.op !== 'dispatch') return {};
  const { kernel, constants } = pairPipeline(step.pipeline).request;
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
  const values = step.params.byteLength === 0 ? {} : { ...kernel.params.decode(view, step.params.offset) };
  return { kernel: kernel.name, constants, grid: step.grid, params: values };
}

function stopped({ number, label }: Difference): WickError {
  return new WickError('SUBMISSION_FAILED', `the backends differ after command ${number}, "${label}"`, {
    label,
    commands: [label],
  });
}
