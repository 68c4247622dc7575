/**
 * The stream of a device: the window in which commands gather, and how a part of it becomes a plan and a
 * task. Everything a device does to memory passes here, in program order.
 */

import type { Backend } from '../backend.js';
import { WickError } from '../errors.js';
import type { Buffer } from '../memory/buffer.js';
import { tabulate } from '../planning/command-table.js';
import { closureOf } from '../planning/dependencies.js';
import { type Plan, type PlanningOptions, planRecording } from '../planning/plan.js';
import { type Command, type Recording, WRITE } from '../recording/commands.js';
import type { Recorder, TakenCommands } from '../recording/recorder.js';
import type { Trace } from '../trace/trace.js';
import type { Executor } from './executor.js';
import type { Pipelines } from './pipelines.js';
import { readHostMemory } from './readback.js';
import type { BoundStorage, PendingDownload, PlanCache, Task } from './task.js';

export class Stream {
  plans = 0;
  readonly #observers = new Set<(plan: Plan) => void>();
  /** Who waits for the downloads of the window, in its order. */
  #downloads: PendingDownload[] = [];
  #tasks = 0;

  constructor(
    private readonly backend: Backend,
    readonly window: Recorder,
    readonly executor: Executor,
    private readonly pipelines: Pipelines,
    private readonly trace: Trace,
    private readonly planning: PlanningOptions | undefined,
  ) {}

  /** Calls `observer` with every plan from now on; returns how to stop it. */
  observe(observer: (plan: Plan) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Plans a recording and begins to compile its kernels. */
  plan(recording: Recording): Plan {
    const begun = performance.now();
    const plan = planRecording(recording, this.backend.limits, this.backend.capabilities, this.planning);
    this.plans++;
    this.trace.span('plan', recording.label, begun, { ...plan.figures });
    for (const observer of this.#observers) observer(plan);
    return plan;
  }

  /** Queues a plan with the memory that its lines are bound to. */
  enqueue(
    plan: Plan,
    cache: PlanCache,
    bound: readonly (BoundStorage | undefined)[],
    more: Partial<Pick<Task, 'downloads' | 'values' | 'hostInputs' | 'gone'>> = {},
  ): Task {
    const { downloads = [], values, hostInputs = {}, gone = [] } = more;
    const number = ++this.#tasks;
    for (const line of bound) if (line !== undefined) line.storage.lastTask = number;
    for (const { resource, offset, byteLength } of plan.writes) {
      const line = bound[plan.memoryOf[resource]];
      if (line === undefined) continue;
      const start = line.offset + offset;
      line.storage.noteWriter(start, start + byteLength, number);
    }
    const task: Task = {
      number,
      plan,
      cache,
      bound,
      downloads,
      values,
      hostInputs,
      gone,
      failure: undefined,
      carriedOut: false,
    };
    this.executor.enqueue(task);
    return task;
  }

  /** Flushes the whole window. */
  flush(label: string): void {
    if (this.window.commands.length > 0) this.#carryOut(this.window.takeAll(), label);
  }

  /** Flushes the window if one submission could not hold more. */
  flushIfFull(): void {
    const { limits } = this.backend;
    const { commands, bytes, work } = this.window;
    if (
      commands.length >= limits.maxCommandsPerSubmission ||
      bytes >= limits.maxBytesPerSubmission ||
      work >= limits.maxWorkPerSubmission
    ) {
      this.flush('window');
    }
  }

  /** Records a download of `buffer`; it is answered when the window is flushed. */
  download(buffer: Buffer, label: string): Promise<Uint8Array> {
    if (buffer.byteLength === 0) {
      this.window.checkReadable(buffer, label);
      return Promise.resolve(new Uint8Array(0));
    }
    this.window.download(buffer, label);
    return new Promise((resolve, reject) => {
      this.#downloads.push({ byteLength: buffer.byteLength, resolve, reject });
    });
  }

  /** Rejects the downloads from index `from` on: their commands were taken back. */
  dropDownloads(from: number, cause: WickError): void {
    for (const download of this.#downloads.splice(from)) download.reject(cause);
  }

  /** Bytes of `buffer` as of now; flushes only what they depend on. */
  read(buffer: Buffer): Promise<Uint8Array> {
    const label = `read ${buffer.label}`;
    this.window.checkReadable(buffer, label);
    if (buffer.byteLength === 0) return Promise.resolve(new Uint8Array(0));
    if (this.backend.hostMemory === undefined) {
      const bytes = this.download(buffer, label);
      this.#flushPart((command) => command.kind === 'download', label);
      return bytes;
    }
    if (buffer.storage.recorder === this.window)
      this.#flushPart((command) => writesTo(command, buffer), label);
    return readHostMemory(this.backend.hostMemory, this.executor, buffer);
  }

  /** Flushes the commands that `wanted` picks and everything they depend on; the others stay. */
  #flushPart(wanted: (command: Command) => boolean, label: string): void {
    const { commands, storages } = this.window;
    const picked = commands.flatMap((command, i) => (wanted(command) ? [i] : []));
    if (picked.length === 0) return;
    const inside = closureOf(tabulate(commands), storages.length, picked);
    this.#carryOut(inside.every(Boolean) ? this.window.takeAll() : this.window.takePart(inside), label);
  }

  #carryOut({ commands, storages, params, downloads }: TakenCommands, label: string): void {
    const resources = storages.map((storage) => ({
      byteLength: storage.byteLength,
      label: storage.label,
      // Freed, never placed, and named by no command that stays behind: its whole life lies in this plan.
      temporary:
        storage.freed && storage.block === undefined && storage.lastTask === 0 && storage.pendingUses === 0,
    }));
    const plan = this.plan({ label, commands, resources, params });
    this.#prefetch(commands);
    const bound = plan.memory.map((line) =>
      line.kind === 'resource' ? { storage: storages[line.resource], offset: 0 } : undefined,
    );
    const gone = bound.flatMap((line) =>
      line?.storage.freed && line.storage.pendingUses === 0 ? [line.storage] : [],
    );
    const cache = { encoded: undefined, arenas: undefined, keepArenas: false };
    this.enqueue(plan, cache, bound, { downloads: this.#downloads.splice(0, downloads), gone });
  }

  /** Begins to compile variants while earlier tasks still run; a failure is reported by the task. */
  #prefetch(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.kind !== 'dispatch') continue;
      try {
        const pipeline = this.pipelines.get(command.request);
        if (pipeline instanceof Promise) pipeline.catch(() => {});
      } catch {
        return;
      }
    }
  }
}

function writesTo(command: Command, { storage, offset, byteLength }: Buffer): boolean {
  return command.uses.some(
    (use) =>
      use.access & WRITE &&
      use.resource === storage.resource &&
      use.offset < offset + byteLength &&
      offset < use.offset + use.byteLength,
  );
}

/** The error of a read whose run was taken back. */
export function takenBack(thrown: unknown): WickError {
  return new WickError('CANCELLED', 'the run that this read belongs to failed', { cause: thrown });
}
