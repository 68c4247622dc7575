/** Compiled plans: recorded and planned once, replayed with other buffers and parameters. */

import type { BackendLimits } from '../backend.js';
import { WickError } from '../errors.js';
import { type ParamPatch, writeScalar } from '../kernels/params.js';
import { Buffer, type BufferOwner } from '../memory/buffer.js';
import type { Pool } from '../memory/pool.js';
import { Storage } from '../memory/storage.js';
import type { Plan } from '../planning/plan.js';
import { bytesOf } from '../recording/checks.js';
import { type HostSlot, WRITE } from '../recording/commands.js';
import type { Recorder, TakenCommands } from '../recording/recorder.js';
import type { Trace } from '../trace/trace.js';
import type { Stream } from './stream.js';
import type { BoundStorage, PlanCache } from './task.js';

/**
 * The inputs by name: the byte length of a buffer, or `host` for bytes that every replay uploads as part
 * of the plan (small things that change each time, such as a token id).
 */
export type CompiledInputs = Readonly<Record<string, number | { readonly host: number }>>;

/** What a replay supplies for an input: a buffer, or bytes for a `host` input. */
export type ReplayInput = Buffer | ArrayBufferView;

/** What a compiled plan needs of its device. */
export interface ReplayHost extends BufferOwner {
  readonly limits: BackendLimits;
  readonly pool: Pool;
  readonly trace: Trace;
  /** What was recorded before the replay goes first. */
  prepareReplay(): void;
  /** The replay was queued. */
  noteReplay(): void;
  adopt(buffer: Buffer): Buffer;
}

interface Slot {
  readonly name: string;
  readonly byteLength: number;
  /** Line of the memory table, -1 for an input that no command uses. */
  readonly line: number;
  readonly written: boolean;
}

interface Output {
  readonly name: string;
  readonly byteLength: number;
  readonly label: string;
  readonly line: number;
}

/** A plan that can be replayed. Made by `device.compile`; `free` gives its arenas back. */
export class CompiledPlan<O extends Readonly<Record<string, Buffer>> = Readonly<Record<string, Buffer>>>
  implements Disposable
{
  readonly #cache: PlanCache = { encoded: undefined, arenas: undefined, keepArenas: true };
  /** Lines that are the same at every replay: buffers that the function used and did not make. */
  readonly #fixed: (BoundStorage | undefined)[];
  readonly #patches: readonly ParamPatch[];
  readonly #scratch = new DataView(new ArrayBuffer(4));
  /** Handles on what is bound for good, lest it be collected as forgotten. */
  readonly #held: readonly Buffer[];
  #lastTask = 0;
  #freed = false;

  /** @internal */
  constructor(
    private readonly device: ReplayHost,
    private readonly stream: Stream,
    /** The plan; for figures and for `wick plan`. */
    readonly plan: Plan,
    { storages, handles }: TakenCommands,
    private readonly slots: readonly Slot[],
    private readonly hostSlots: readonly HostSlot[],
    private readonly outputs: readonly Output[],
  ) {
    const anew = new Set([...slots, ...outputs].map(({ line }) => line));
    this.#fixed = plan.memory.map((line, i) =>
      line.kind === 'resource' && !anew.has(i) ? { storage: storages[line.resource], offset: 0 } : undefined,
    );
    this.#held = handles.filter(({ storage }) => this.#fixed.some((line) => line?.storage === storage));
    this.#patches = plan.recording.commands.flatMap((command) =>
      command.kind === 'dispatch' ? command.patches : [],
    );
  }

  /**
   * Replays the plan. The outputs are new buffers, tracked by the innermost scope.
   *
   * @param inputs a buffer (or view) for every slot, or bytes for a host slot, of the slot's size
   * @param values a value for every replay parameter
   * @throws WickError `REPLAY_STALE` naming the slot whose buffer is missing, freed, of another device or
   * of another size, or naming a buffer that was bound for good and is freed; `UNWRITTEN`;
   * `INVALID_ARGUMENT` for a missing or unusable parameter, or slots that share written memory
   */
  run(inputs: Readonly<Record<string, ReplayInput>>, values: Readonly<Record<string, number>> = {}): O {
    const { device, plan } = this;
    const begun = performance.now();
    device.prepareReplay();
    if (this.#freed) throw stale(`the plan "${plan.recording.label}" is freed`, plan.recording.label);
    const bound = this.#fixed.slice();
    const gone = this.#held.find(({ storage }) => storage.freed);
    if (gone !== undefined) throw stale(`"${gone.label}", bound for good, is freed`, gone.label);
    const given = this.slots.map((slot) => this.#bind(slot, inputs[slot.name], bound));
    const hostInputs: Record<string, Uint8Array> = {};
    for (const slot of this.hostSlots) hostInputs[slot.slot] = copyBytes(slot, inputs[slot.slot]);
    this.#checkAliases(given);
    this.#checkValues(values);
    const made: Record<string, Buffer> = {};
    for (const { name, byteLength, label, line } of this.outputs) {
      const storage = new Storage(byteLength, label);
      storage.unwritten = undefined;
      if (line >= 0) bound[line] = { storage, offset: 0 };
      made[name] = device.adopt(new Buffer(device, storage, 0, byteLength, label));
    }
    for (const write of plan.writes) {
      const line = bound[plan.memoryOf[write.resource]];
      const start = (line?.offset ?? 0) + write.offset;
      line?.storage.markWritten(start, start + write.byteLength);
    }
    const task = this.stream.enqueue(plan, this.#cache, bound, { values, hostInputs });
    this.#lastTask = task.number;
    device.noteReplay();
    device.trace.span('record', `replay ${plan.recording.label}`, begun);
    return made as O;
  }

  /** Gives the arenas back after the last replay. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    const give = () => {
      for (const block of this.#cache.arenas ?? []) if (block !== undefined) this.device.pool.release(block);
      this.#cache.arenas = undefined;
    };
    const carriedOut = this.stream.executor.whenCarriedOut(this.#lastTask);
    if (carriedOut === undefined) give();
    else void carriedOut.then(give);
  }

  [Symbol.dispose](): void {
    this.free();
  }

  #bind(slot: Slot, buffer: ReplayInput | undefined, bound: (BoundStorage | undefined)[]): Buffer {
    const { name } = slot;
    if (!(buffer instanceof Buffer)) throw stale(`slot "${name}" has no buffer`, name);
    if (buffer.freed) throw stale(`slot "${name}": "${buffer.label}" is freed`, name);
    if (buffer.device !== this.device)
      throw stale(`slot "${name}": "${buffer.label}" is of another device`, name);
    if (buffer.byteLength !== slot.byteLength) {
      throw stale(
        `slot "${name}" takes ${slot.byteLength} bytes, "${buffer.label}" has ${buffer.byteLength}`,
        name,
      );
    }
    const { bindingAlignment } = this.device.limits;
    if (buffer.offset % bindingAlignment !== 0) {
      throw new WickError(
        'INVALID_ALIGNMENT',
        `slot "${name}": "${buffer.label}" begins at byte ${buffer.offset}, which is no multiple of ${bindingAlignment}`,
        { label: name },
      );
    }
    const unwritten = buffer.storage.findUnwritten(buffer.offset, buffer.offset + buffer.byteLength);
    if (unwritten !== undefined) {
      throw new WickError('UNWRITTEN', `slot "${name}": "${buffer.label}" was never written`, {
        label: name,
      });
    }
    if (slot.line >= 0) bound[slot.line] = { storage: buffer.storage, offset: buffer.offset };
    return buffer;
  }

  /** The hazards of the plan hold only if slots do not share memory that it writes. */
  #checkAliases(given: readonly Buffer[]): void {
    for (let i = 0; i < given.length; i++) {
      const a = given[i];
      for (let j = i + 1; j < given.length; j++) {
        const b = given[j];
        const apart =
          a.storage !== b.storage ||
          a.offset + a.byteLength <= b.offset ||
          b.offset + b.byteLength <= a.offset ||
          !(this.slots[i].written || this.slots[j].written);
        if (!apart) throw aliased(this.slots[i].name, this.slots[j].name);
      }
      const fixed = this.#fixed.find((line) => line?.storage === a.storage);
      if (fixed === undefined) continue;
      const written = this.plan.writes.some(
        ({ resource }) => this.#fixed[this.plan.memoryOf[resource]]?.storage === a.storage,
      );
      if (written || this.slots[i].written) throw aliased(this.slots[i].name, fixed.storage.label);
    }
  }

  #checkValues(values: Readonly<Record<string, number>>): void {
    for (const { param, type } of this.#patches) {
      const value = values[param.name];
      if (value === undefined) {
        throw new WickError('INVALID_ARGUMENT', `replay parameter "${param.name}" has no value`);
      }
      writeScalar(this.#scratch, 0, type, value + param.offset, param.name);
    }
  }
}

/** Records `fn` with stand-ins and plans it. `record` calls back with the recorder switched over. */
export function compilePlan<O extends Readonly<Record<string, Buffer>>>(
  device: ReplayHost,
  stream: Stream,
  recorder: Recorder,
  record: (work: () => O) => O,
  inputs: CompiledInputs,
  fn: (inputs: Readonly<Record<string, Buffer>>) => O,
  label: string,
): CompiledPlan<O> {
  const standIn = (name: string, byteLength: number, placeholder: boolean) =>
    [name, new Buffer(device, new Storage(byteLength, name, placeholder), 0, byteLength, name)] as const;
  const standIns = Object.entries(inputs).flatMap(([name, input]) =>
    typeof input === 'number' ? [standIn(name, input, true)] : [],
  );
  // Bytes of the host become an ordinary temporary, written by the first commands of the plan.
  const hosts = Object.entries(inputs).flatMap(([name, input]) =>
    typeof input === 'number' ? [] : [standIn(name, input.host, false)],
  );
  const hostSlots = hosts.map(([slot, { byteLength }]) => ({ slot, byteLength }));
  recorder.mark();
  let results: O;
  try {
    for (const [i, [name, buffer]] of hosts.entries())
      recorder.upload(buffer, hostSlots[i], `upload ${name}`);
    results = record(() => {
      const made = fn(Object.fromEntries([...standIns, ...hosts]));
      checkOutputs(recorder, made);
      return made;
    });
  } catch (thrown) {
    retireFreed(stream, recorder.takeAll().storages);
    throw thrown;
  } finally {
    recorder.undoWritten();
    for (const [, buffer] of [...standIns, ...hosts]) buffer.storage.freed = true;
  }
  const indexOf = new Map(recorder.storages.map((storage, i) => [storage, i]));
  const taken = recorder.takeAll();
  const outputStorages = new Set(Object.values(results).map((buffer) => buffer.storage));
  const resources = taken.storages.map((storage) => ({
    byteLength: storage.byteLength,
    label: storage.label,
    temporary:
      storage.freed &&
      !storage.placeholder &&
      storage.block === undefined &&
      storage.lastTask === 0 &&
      !outputStorages.has(storage),
  }));
  const plan = stream.plan({ label, commands: taken.commands, resources, params: taken.params });
  const lineOf = (storage: Storage) => {
    const resource = indexOf.get(storage);
    return resource === undefined ? -1 : plan.memoryOf[resource];
  };
  const written = new Set(plan.writes.map(({ resource }) => plan.memoryOf[resource]));
  const slots = standIns.map(([name, { storage, byteLength }]) => {
    const line = lineOf(storage);
    return { name, byteLength, line, written: written.has(line) };
  });
  const outputs = Object.entries(results).map(([name, { storage, byteLength, label: outputLabel }]) => ({
    name,
    byteLength,
    label: outputLabel,
    line: lineOf(storage),
  }));
  retireFreed(stream, taken.storages);
  for (const buffer of Object.values(results)) buffer[Symbol.dispose]();
  return new CompiledPlan<O>(device, stream, plan, taken, slots, hostSlots, outputs);
}

/** Buffers that the function freed and did not make: nobody else will give their memory back. */
function retireFreed({ executor }: Stream, storages: readonly Storage[]): void {
  for (const storage of storages) if (storage.freed && !storage.placeholder) executor.retire(storage);
}

/** Each output is a whole buffer that the function made and wrote, under one name. */
function checkOutputs(recorder: Recorder, outputs: Readonly<Record<string, Buffer>>): void {
  const written = new Set<Storage>();
  for (const { uses } of recorder.commands) {
    for (const use of uses) if (use.access & WRITE) written.add(recorder.storages[use.resource]);
  }
  const seen = new Set<Storage>();
  for (const [name, { storage, byteLength, freed }] of Object.entries(outputs)) {
    const own = !freed && !storage.placeholder && storage.block === undefined && storage.lastTask === 0;
    const whole = byteLength === storage.byteLength && (written.has(storage) || byteLength === 0);
    if (!own || !whole || seen.has(storage)) {
      const what = 'is not a whole buffer that the function made, wrote and returns under one name';
      throw new WickError('INVALID_ARGUMENT', `output "${name}" ${what}`, { label: name });
    }
    seen.add(storage);
  }
}

/** The bytes for a host slot, copied now. */
function copyBytes({ slot, byteLength }: HostSlot, data: ReplayInput | undefined): Uint8Array {
  if (!ArrayBuffer.isView(data)) throw stale(`slot "${slot}" has no bytes`, slot);
  if (data.byteLength !== byteLength) {
    throw stale(`slot "${slot}" takes ${byteLength} bytes, not ${data.byteLength}`, slot);
  }
  return bytesOf(data, slot);
}

function stale(message: string, label: string): WickError {
  return new WickError('REPLAY_STALE', message, { label });
}

function aliased(a: string, b: string): WickError {
  return new WickError('INVALID_ARGUMENT', `"${a}" and "${b}" share memory that the plan writes`, {
    label: a,
  });
}
