/**
 * Carries tasks out in order: memory, pipelines, step lists, then one submission after another with a
 * bounded number in flight. Completions are handled in serial order; a failure poisons what it, and what
 * was in flight behind it, would have written.
 */

import type { Backend, Completion, MemoryEntry, Pipeline } from '../backend.js';
import { toWickError, type WickError } from '../errors.js';
import { writeScalar } from '../kernels/params.js';
import type { Block, Pool } from '../memory/pool.js';
import type { Storage } from '../memory/storage.js';
import { type EncodedSubmission, encodePlan } from '../planning/encode.js';
import { READ, WRITE } from '../recording/commands.js';
import type { Trace } from '../trace/trace.js';
import { acquireBlocks, memoryEntries } from './binding.js';
import { failureOf, submitSafely } from './failure.js';
import { InFlight, type SubmissionInFlight } from './in-flight.js';
import type { Pipelines } from './pipelines.js';
import { Poison } from './poisoning.js';
import type { Task } from './task.js';

/** Counts of what was handed to the backend. */
export interface WorkFigures {
  tasks: number;
  submissions: number;
  passes: number;
  barriers: number;
  dispatches: number;
  transfers: number;
}

/** What the executor needs of its device. */
export interface ExecutorHost {
  readonly backend: Backend;
  readonly pipelines: Pipelines;
  readonly trace: Trace;
  readonly pool: Pool;
  /** Called for every task with the bytes it lives in, and would live in without placement. */
  noteMemory(planned: number, unplanned: number): void;
}

export class Executor {
  readonly poison = new Poison();
  readonly inFlight = new InFlight();
  readonly figures: WorkFigures = {
    tasks: 0,
    submissions: 0,
    passes: 0,
    barriers: 0,
    dispatches: 0,
    transfers: 0,
  };
  /** Sums of what completed submissions say about themselves. */
  readonly backendFigures: Record<string, number> = {};
  readonly #queue: Task[] = [];
  /** Tasks that are not carried out yet, by number, with those who wait for it. */
  readonly #open = new Map<number, { readonly task: Task; readonly waiters: (() => void)[] }>();
  #pumping: Promise<void> | undefined;
  #serial = 0;
  #lost: WickError | undefined;
  readonly #whenLost: ((cause: WickError) => void)[] = [];
  #firstFailure: WickError | undefined;

  constructor(private readonly host: ExecutorHost) {}

  /** Why nothing can be submitted any more. */
  get lost(): WickError | undefined {
    return this.#lost;
  }

  enqueue(task: Task): void {
    this.#open.set(task.number, { task, waiters: [] });
    this.#queue.push(task);
    this.#start();
  }

  /** Resolves when the task of that number has been handed to the backend, or has failed. */
  whenCarriedOut(number: number): Promise<void> | undefined {
    const open = this.#open.get(number);
    return open === undefined ? undefined : new Promise((resolve) => open.waiters.push(resolve));
  }

  /** Gives a freed storage's memory back after the last task that uses it. */
  retire(storage: Storage): void {
    const open = this.#open.get(storage.lastTask);
    if (open === undefined) this.#recycle(storage);
    else open.task.gone.push(storage);
  }

  /** Resolves when nothing is queued or in flight. */
  async settled(): Promise<void> {
    while (this.#pumping !== undefined || this.inFlight.size > 0) {
      await this.#pumping;
      await this.inFlight.drained();
    }
  }

  /** Resolves when nothing is queued or in flight; throws the first failure since the last call. */
  async idle(): Promise<void> {
    await this.settled();
    const failure = this.#firstFailure;
    this.#firstFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** The device is gone: everything queued and in flight fails with `cause`. */
  lose(cause: WickError): void {
    if (this.#lost !== undefined) return;
    this.#lost = cause;
    for (const flight of this.inFlight.abandon()) this.#fail(flight, cause);
    for (const reject of [...this.#whenLost]) reject(cause);
  }

  /** A platform that loses its device may never settle what it has promised. */
  #unlessLost<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(resolve, reject);
      this.#whenLost.push(reject);
      promise.finally(() => this.#whenLost.splice(this.#whenLost.indexOf(reject), 1)).catch(() => {});
    });
  }

  #start(): void {
    if (this.#pumping !== undefined) return;
    const pumping = this.#pump();
    // Nothing to wait for is the normal case: then the queue is empty again already.
    if (this.#queue.length > 0 || this.#open.size > 0) {
      this.#pumping = pumping.finally(() => {
        this.#pumping = undefined;
        // A task may have come between the end of the pump and this callback.
        if (this.#queue.length > 0) this.#start();
      });
    }
  }

  async #pump(): Promise<void> {
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      const done = this.#carryOut(task);
      if (!task.carriedOut) await done;
    }
  }

  async #carryOut(task: Task): Promise<void> {
    let next = 0;
    const acquired: Block[] = [];
    try {
      throwIf(this.#lost ?? this.poison.ofInputs(task));
      const begun = performance.now();
      const acquiring = acquireBlocks(task, this.host.pool, acquired);
      const blocks = acquiring instanceof Promise ? await this.#unlessLost(acquiring) : acquiring;
      const encoding = this.#encode(task);
      const encoded = encoding instanceof Promise ? await this.#unlessLost(encoding) : encoding;
      const memory = memoryEntries(task, blocks);
      this.#noteMemory(task);
      for (; next < encoded.length; next++) {
        const most = this.host.backend.limits.maxSubmissionsInFlight;
        if (this.inFlight.size >= most) await this.inFlight.below(most);
        const reads = hostReads(task, encoded[next]);
        if (reads.length > 0) await Promise.all(reads);
        throwIf(this.#lost ?? task.failure ?? (next === 0 ? this.poison.ofInputs(task) : undefined));
        this.#submit(task, next, encoded[next], blocks, memory);
      }
      this.host.trace.span('submit', task.plan.recording.label, begun, { submissions: encoded.length });
    } catch (thrown) {
      this.#abort(task, next, toWickError(thrown, 'SUBMISSION_FAILED', `"${task.plan.recording.label}"`));
    }
    this.#finish(task, acquired);
  }

  /** The step lists of a task; at once where they or all pipelines are there already. */
  #encode(task: Task): EncodedSubmission[] | Promise<EncodedSubmission[]> {
    if (task.cache.encoded !== undefined) return task.cache.encoded;
    const { commands } = task.plan.recording;
    /** By command. */
    const ready: Pipeline[] = new Array(commands.length);
    const pending: Promise<unknown>[] = [];
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i];
      if (command.kind !== 'dispatch') continue;
      const pipeline = this.host.pipelines.get(command.request);
      if (!(pipeline instanceof Promise)) {
        ready[i] = pipeline;
        continue;
      }
      const compiled = pipeline.then((made) => {
        ready[i] = made;
      });
      compiled.catch(() => {}); // a later variant may throw at once, and nobody wait for this one
      pending.push(compiled);
    }
    const encode = () => {
      task.cache.encoded = encodePlan(task.plan, this.host.backend.limits, ready);
      return task.cache.encoded;
    };
    return pending.length === 0 ? encode() : Promise.all(pending).then(encode);
  }

  #noteMemory({ plan }: Task): void {
    const { allocatedBytes, pooledBytes } = this.host.pool.figures;
    const live = allocatedBytes - pooledBytes;
    this.host.noteMemory(live, live - plan.figures.plannedBytes + plan.figures.unplannedBytes);
    this.host.trace.counter('memory', { live, pooled: pooledBytes });
  }

  #submit(
    task: Task,
    index: number,
    part: EncodedSubmission,
    blocks: readonly Block[],
    memory: readonly MemoryEntry[],
  ): void {
    const serial = ++this.#serial;
    const waits = this.#touch(task, part, blocks, serial);
    for (const { pass, submission } of part.waits) {
      const earlier = serial - index + submission;
      if (earlier > this.inFlight.completedSerial) addWait(waits, pass, earlier);
    }
    patchParams(part, task.values);
    const downloads = part.downloads.map((download) => new Uint8Array(task.downloads[download].byteLength));
    const { label, steps, params } = part;
    const uploads = part.uploads.map((data) =>
      data instanceof Uint8Array ? data : task.hostInputs[data.slot],
    );
    const result = submitSafely(this.host.backend, {
      serial,
      label,
      steps,
      memory,
      params,
      uploads,
      downloads,
      waits,
      timed: this.host.trace.enabled && this.host.backend.capabilities.timestamps,
    });
    this.figures.submissions++;
    this.figures.passes += part.counts.passes;
    this.figures.barriers += part.counts.barriers;
    this.figures.dispatches += part.counts.dispatches;
    this.figures.transfers += part.counts.transfers;
    const flight = { serial, task, part, downloads, begun: performance.now(), cause: undefined };
    this.inFlight.add(flight, result, (completion) => this.#complete(flight, completion));
  }

  /** Notes on every block what this submission does to it; returns what its passes must wait for. */
  #touch(
    task: Task,
    part: EncodedSubmission,
    blocks: readonly Block[],
    serial: number,
  ): { pass: number; serial: number }[] {
    const waits: { pass: number; serial: number }[] = [];
    const settled = this.inFlight.completedSerial;
    const { explicitWaits } = this.host.backend.capabilities;
    const usersOfArena = new Map<number, number[]>();
    let pass = 0;
    const visit = (earlier: number) => {
      if (explicitWaits && earlier > settled) addWait(waits, pass, earlier);
    };
    for (const touch of part.touches) {
      const block = blocks[touch.memory];
      const bound = task.bound[touch.memory];
      pass = touch.pass;
      block.lastSerial = serial;
      if (bound === undefined) {
        // An arena is touched as a whole, by each of these passes: they all wait for its users before.
        let users = usersOfArena.get(touch.memory);
        if (users === undefined) {
          const found: number[] = [];
          block.access.write(0, touch.byteLength, serial, (earlier) => found.push(earlier));
          usersOfArena.set(touch.memory, found);
          users = found;
        }
        users.forEach(visit);
        continue;
      }
      const start = bound.offset + touch.offset;
      const end = start + touch.byteLength;
      if (touch.access & READ) block.access.read(start, end, serial, visit, settled);
      if (touch.access & WRITE) {
        block.access.write(start, end, serial, visit);
        this.poison.clear(bound.storage, start, end);
      }
    }
    return waits;
  }

  #complete(flight: SubmissionInFlight, result: Completion): void {
    const { label, counts } = flight.part;
    this.host.trace.span('backend', label, flight.begun, { serial: flight.serial, ...counts });
    if (result.ok) {
      addFigures(this.backendFigures, result.figures);
      for (const { label, start, end } of result.passes ?? []) {
        this.host.trace.span('device', label, start, undefined, end);
      }
    }
    if (!result.ok) {
      // What failed before it may be why it failed: the first cause is kept.
      const cause = this.#lost ?? flight.cause ?? failureOf(flight, result);
      this.#fail(flight, cause);
      // What is in flight behind a failed command buffer may have been ignored by the platform.
      for (const later of this.inFlight.pending()) {
        later.cause ??= cause;
        later.task.failure ??= cause;
        this.poison.spread(later.task, later.part.first, later.part.end, cause);
      }
    } else if (flight.cause !== undefined) {
      this.#fail(flight, flight.cause);
    } else {
      flight.part.downloads.forEach((download, i) => {
        flight.task.downloads[download].resolve(flight.downloads[i]);
      });
    }
    this.host.pool.trim();
  }

  #fail(flight: SubmissionInFlight, cause: WickError): void {
    this.#firstFailure ??= cause;
    flight.task.failure ??= cause;
    this.poison.spread(flight.task, flight.part.first, flight.part.end, cause);
    for (const download of flight.part.downloads) flight.task.downloads[download].reject(cause);
  }

  /** Gives up the submissions of a task from `next` on. */
  #abort(task: Task, next: number, cause: WickError): void {
    this.#firstFailure ??= cause;
    task.failure ??= cause;
    const rest = task.cache.encoded?.slice(next);
    this.poison.spread(task, next === 0 ? 0 : (rest?.[0]?.first ?? 0), task.plan.order.length, cause);
    // A download is rejected here unless a submission in flight will answer it.
    const answered = new Set(task.cache.encoded?.slice(0, next).flatMap((part) => part.downloads));
    task.downloads.forEach((download, i) => {
      if (!answered.has(i)) download.reject(cause);
    });
  }

  /** Memory that only this task needed becomes reusable by the tasks behind it. */
  #finish(task: Task, acquired: readonly Block[]): void {
    this.figures.tasks++;
    for (const block of acquired) this.host.pool.release(block);
    for (const storage of task.gone) this.#recycle(storage);
    task.carriedOut = true;
    const open = this.#open.get(task.number);
    this.#open.delete(task.number);
    for (const resolve of open?.waiters ?? []) resolve();
  }

  /** Gives a freed storage's block to the pool, after host reads that are under way. */
  #recycle(storage: Storage): void {
    if (storage.hostReads.length > 0) {
      void Promise.all(storage.hostReads.map(({ ended }) => ended)).then(() => this.#recycle(storage));
      return;
    }
    this.poison.retire(storage);
    const { block } = storage;
    storage.block = undefined;
    if (block !== undefined) this.host.pool.release(block);
  }
}

function addFigures(
  sums: Record<string, number>,
  figures: Readonly<Record<string, number>> | undefined,
): void {
  for (const name in figures) sums[name] = (sums[name] ?? 0) + figures[name];
}

function throwIf(cause: WickError | undefined): void {
  if (cause !== undefined) throw cause;
}

function addWait(waits: { pass: number; serial: number }[], pass: number, serial: number): void {
  if (!waits.some((wait) => wait.pass === pass && wait.serial === serial)) waits.push({ pass, serial });
}

/** Host reads that must end before a submission may overwrite what they read. */
function hostReads(task: Task, part: EncodedSubmission): Promise<void>[] {
  const reads: Promise<void>[] = [];
  for (const touch of part.touches) {
    const bound = task.bound[touch.memory];
    if (!(touch.access & WRITE) || bound === undefined) continue;
    const at = bound.offset + touch.offset;
    for (const { ended, producer, start, end } of bound.storage.hostReads) {
      // A read of what this task itself writes, or a later one, waits for this task.
      if (producer < task.number && start < at + touch.byteLength && at < end) reads.push(ended);
    }
  }
  return reads;
}

function patchParams(part: EncodedSubmission, values: Readonly<Record<string, number>> | undefined): void {
  if (part.patches.length === 0) return;
  const view = new DataView(part.params.buffer, part.params.byteOffset, part.params.byteLength);
  for (const { offset, type, param } of part.patches) {
    writeScalar(view, offset, type, (values?.[param.name] ?? param.initial) + param.offset, param.name);
  }
}
