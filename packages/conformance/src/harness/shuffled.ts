/**
 * An adversary around any backend: it hands over what the core submits in another order, as far as the
 * step lists allow it. Commands are permuted inside their epoch; passes, and whole submissions, trade
 * places where no wait forbids it; fresh memory holds NaN, and allocating takes time. Work that is right
 * only because a backend happens to keep program order so goes wrong.
 */

import type {
  Allocation,
  Backend,
  BackendFactory,
  Completion,
  MaybePromise,
  Pipeline,
  PipelineRequest,
  Step,
  Submission,
} from '@wick/core';
import { Random } from './random.js';
import { type Epoch, type ParsedPass, parsePasses } from './step-list.js';
import { nextTurn } from './turn.js';
import { BackendWrapper, wrapOpened } from './wrapper.js';

export interface ShuffleOptions {
  /** Replays the same choices; `reverse` always takes the order that is farthest from program order. */
  readonly seed: number | 'reverse';
}

/** Wraps a backend so that it runs work in any order that the plan allows. */
export function shuffled(factory: BackendFactory, { seed }: ShuffleOptions): BackendFactory {
  return wrapOpened((backend) => new ShuffledBackend(backend, seed))(factory);
}

/** Most turns of the event loop by which a completion is late. */
const LATEST = 6;

/** Permutes a list in place. */
type Permute = <T>(items: T[]) => T[];

interface Held {
  readonly submission: Submission;
  readonly settle: (completion: Promise<Completion>) => void;
}

class ShuffledBackend extends BackendWrapper {
  readonly #random: Random | undefined;
  /** Submissions that wait for company, in the order of the calls. */
  #held: Held[] = [];
  /** Under which serial the inner backend knows a submission that has not completed. */
  readonly #serials = new Map<number, number>();
  #innerSerial = 0;
  /** Fresh memory that is being filled, and the inner serial of the submission that does it. */
  readonly #scrubs = new Map<Allocation, number>();
  #releasing = false;
  /** Completions are handed on in serial order, whatever order the inner backend was given. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(inner: Backend, seed: number | 'reverse') {
    super(inner);
    this.#random = seed === 'reverse' ? undefined : new Random(seed);
  }

  override allocate(byteLength: number): MaybePromise<Allocation> {
    const allocation = this.inner.allocate(byteLength);
    if (allocation instanceof Promise) return allocation.then((made) => this.#scrub(made));
    // Without randomness always late: that is the harder case.
    if (this.#random !== undefined && !this.#random.oneIn(2)) return this.#scrub(allocation);
    return nextTurn().then(() => this.#scrub(allocation));
  }

  /** Fills fresh memory with NaN, by a submission that every user of the memory waits for. */
  #scrub(allocation: Allocation): Allocation {
    const { byteLength } = allocation;
    const fill: Step = {
      op: 'fill',
      command: 0,
      label: 'garbage',
      destination: { memory: 0, offset: 0, byteLength },
      value: 0xffffffff,
    };
    const kind = this.capabilities.transfersInComputePass.includes('fill') ? 'compute' : 'transfer';
    const serial = ++this.#innerSerial;
    this.#scrubs.set(allocation, serial);
    const completion = this.inner.submit({
      serial,
      label: 'garbage',
      steps: [{ op: 'beginPass', kind, pass: 0, label: 'garbage', waits: [] }, fill, { op: 'endPass' }],
      memory: [{ allocation, offset: 0 }],
      params: new Uint8Array(0),
      uploads: [],
      downloads: [],
      waits: [],
    });
    void completion.then(() => this.#scrubs.delete(allocation));
    return allocation;
  }

  override prepare(request: PipelineRequest): MaybePromise<Pipeline> {
    if (this.#random !== undefined && !this.#random.oneIn(2)) return this.inner.prepare(request);
    return nextTurn().then(() => this.inner.prepare(request));
  }

  override submit(submission: Submission): Promise<Completion> {
    const before = this.#settled;
    const own = new Promise<Completion>((resolve) => {
      this.#held.push({ submission: { ...submission, params: submission.params.slice() }, settle: resolve });
    });
    const completion = before
      .then(() => own)
      .then((result) => this.#late(result))
      .finally(() => this.#serials.delete(submission.serial));
    this.#settled = completion;
    const patience = this.capabilities.explicitWaits ? this.limits.maxSubmissionsInFlight : 1;
    if (this.#held.length >= patience) this.#release();
    else void this.#releaseSoon();
    return completion;
  }

  override destroy(): void {
    this.#release();
    super.destroy();
  }

  /** Completions come late, so that more is in flight at once. */
  async #late(completion: Completion): Promise<Completion> {
    const turns = this.#random?.below(LATEST) ?? LATEST;
    for (let i = 0; i < turns; i++) await nextTurn();
    return completion;
  }

  async #releaseSoon(): Promise<void> {
    if (this.#releasing) return;
    this.#releasing = true;
    await nextTurn();
    this.#releasing = false;
    this.#release();
  }

  readonly #permute: Permute = (items) => this.#random?.shuffle(items) ?? items.reverse();

  /** Submits what is held: a submission after those that it waits for, any order otherwise. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    const pending = new Set(held.map(({ submission }) => submission.serial));
    for (const index of topological(held.length, this.#permute, (i) =>
      held[i].submission.waits.flatMap(({ serial: earlier }) =>
        held.flatMap(({ submission: { serial } }, j) =>
          serial === earlier || (serial < earlier && !pending.has(earlier)) ? [j] : [],
        ),
      ),
    )) {
      const { submission, settle } = held[index];
      const serial = ++this.#innerSerial;
      this.#serials.set(submission.serial, serial);
      const { rewritten, indices } = this.#rewrite(submission, serial);
      settle(this.inner.submit(rewritten).then((completion) => withOuterStep(completion, indices)));
    }
  }

  /** The submission with its passes and commands permuted, and where each of its steps stood before. */
  #rewrite(submission: Submission, serial: number): { rewritten: Submission; indices: number[] } {
    const passes = parsePasses(submission.steps);
    const order = this.capabilities.explicitWaits
      ? topological(passes.length, this.#permute, (i) => passes[i].begin.waits)
      : passes.map((_, i) => i);
    const position = new Map(order.map((old, now) => [old, now]));
    const steps: Step[] = [];
    const indices: number[] = [];
    for (const old of order) this.#emit(passes[old], position, steps, indices);
    const waits = submission.waits.flatMap((wait) =>
      this.#inner(wait.serial).map((earlier) => ({
        pass: position.get(wait.pass) ?? wait.pass,
        serial: earlier,
      })),
    );
    if (this.capabilities.explicitWaits) {
      for (const { allocation } of submission.memory) {
        const scrub = this.#scrubs.get(allocation);
        if (scrub !== undefined) for (const pass of order.keys()) waits.push({ pass, serial: scrub });
      }
    }
    return { rewritten: { ...submission, serial, steps, waits }, indices };
  }

  /** What a wait for a submission is to the inner backend; see `Submission.waits`. */
  #inner(serial: number): readonly number[] {
    const own = this.#serials.get(serial);
    if (own !== undefined) return [own];
    return [...this.#serials].flatMap(([outer, inner]) => (outer < serial ? [inner] : []));
  }

  #emit(pass: ParsedPass, position: ReadonlyMap<number, number>, steps: Step[], indices: number[]): void {
    const renumbered = (old: number) => position.get(old) ?? old;
    const { begin } = pass;
    steps.push({ ...begin, pass: renumbered(begin.pass), waits: begin.waits.map(renumbered) });
    indices.push(pass.index);
    for (const epoch of pass.epochs) this.#emitEpoch(epoch, steps, indices);
    steps.push({ op: 'endPass' });
    indices.push(pass.index);
  }

  #emitEpoch({ barrier, commands }: Epoch, steps: Step[], indices: number[]): void {
    if (barrier !== undefined) {
      steps.push(barrier);
      indices.push(commands[0]?.index ?? 0);
    }
    for (const { step, index } of this.#permute([...commands])) {
      steps.push(step);
      indices.push(index);
    }
  }
}

/** An order of 0..count-1 in which each comes after what it waits for; free choices are permuted. */
function topological(
  count: number,
  permute: Permute,
  waitsOf: (index: number) => readonly number[],
): number[] {
  const order: number[] = [];
  const left = permute(Array.from({ length: count }, (_, i) => i));
  while (left.length > 0) {
    const next = left.findIndex((i) => waitsOf(i).every((wait) => order.includes(wait)));
    // Waits that lead in a circle are the core's mistake; program order then says most about it.
    order.push(...left.splice(Math.max(next, 0), 1));
  }
  return order;
}

function withOuterStep(completion: Completion, indices: readonly number[]): Completion {
  if (completion.ok || completion.step === undefined) return completion;
  return { ...completion, step: indices[completion.step] ?? completion.step };
}
