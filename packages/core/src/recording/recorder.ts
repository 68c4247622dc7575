/**
 * Records commands in program order. Everything a user can get wrong is checked here, once, in front of
 * every backend, before anything is recorded.
 */

import type { Backend } from '../backend.js';
import { WickError } from '../errors.js';
import type { KernelContract } from '../kernels/contract.js';
import type { DType } from '../kernels/dtype.js';
import type { ParamPatch, ParamSpec, ParamValues } from '../kernels/params.js';
import type { Buffer, BufferOwner } from '../memory/buffer.js';
import type { Storage } from '../memory/storage.js';
import { bytesTouched, workOf } from '../planning/command-table.js';
import type { DispatchCall } from './calls.js';
import {
  checkAlone,
  checkBinding,
  checkElements,
  checkGrid,
  checkNames,
  checkOwner,
  checkTransfer,
  checkWritten,
  limit,
  missingBinding,
  overlapping,
  overlaps,
} from './checks.js';
import { type Command, type HostSlot, READ, READ_WRITE, type Use, WRITE } from './commands.js';
import { ParamBlock } from './param-block.js';
import type { Variant, Variants } from './variants.js';
import { WrittenLog } from './written-log.js';

const ACCESS = { read: READ, write: WRITE, readWrite: READ_WRITE } as const;
const NO_CONSTANTS = {};
const NO_PATCHES: readonly ParamPatch[] = [];

/** Commands taken out of a recorder, with the memory they name. */
export interface TakenCommands {
  readonly commands: readonly Command[];
  readonly storages: readonly Storage[];
  /** A handle on each storage: who holds it keeps the memory from being collected as forgotten. */
  readonly handles: readonly Buffer[];
  readonly params: Uint8Array;
  /** Number of downloads among the commands. */
  readonly downloads: number;
}

/** A state to go back to when the function that records fails. */
export interface Mark {
  readonly commands: number;
  readonly params: number;
  readonly downloads: number;
}

export class Recorder {
  commands: Command[] = [];
  /** The memory that commands name, by resource index. */
  storages: Storage[] = [];
  #handles: Buffer[] = [];
  params: ParamBlock;
  downloads = 0;
  /** Put in front of every label: the groups that are open. */
  prefix = '';
  /** Totals of the commands, for the bounds of the window. */
  bytes = 0;
  work = 0;
  /** While set: what is undone when the function that records fails. */
  #undo: WrittenLog | undefined;
  // Of the dispatch that is being recorded; kept, because new ones for each would be most of its garbage.
  readonly #bound: (Buffer | undefined)[] = [];
  readonly #dtypes: (DType | undefined)[] = [];

  constructor(
    /** The device whose buffers may be bound. */
    private readonly owner: BufferOwner,
    private readonly backend: Backend,
    private readonly variants: Variants,
    /** A readable range for bindings of zero length, made on first use. */
    private readonly emptyBuffer: () => Buffer,
  ) {
    this.params = this.#newParams();
  }

  dispatch<S extends ParamSpec>(kernel: KernelContract<S>, call: DispatchCall<S>): void {
    try {
      this.#dispatch(kernel, call);
    } finally {
      // Whoever holds a buffer keeps it from being collected as forgotten. For so few, `fill` is dear.
      const bound = this.#bound;
      for (let i = 0; i < bound.length; i++) bound[i] = undefined;
    }
  }

  #dispatch<S extends ParamSpec>(kernel: KernelContract<S>, call: DispatchCall<S>): void {
    const label = this.prefix + (call.label ?? kernel.name);
    const { grid } = call;
    const { limits } = this.backend;
    const present = this.#bind(kernel, call.bindings, label);
    const bound = this.#bound;
    const dtypes = this.#dtypes;
    checkGrid(grid, label);
    const work = call.work ?? grid[0] * grid[1] * grid[2];
    if (!(work >= 0 && work < Number.POSITIVE_INFINITY)) {
      throw new WickError('INVALID_ARGUMENT', `"${label}" cannot be estimated at ${work}`, { label });
    }
    if (bound.length > limits.maxBindings) {
      throw limit(`${bound.length} bindings of "${label}"`, limits.maxBindings, label);
    }
    const contracts = kernel.bindings;
    const params = (call.params ?? NO_CONSTANTS) as ParamValues<S>;
    const constants = call.constants ?? NO_CONSTANTS;
    const block = this.params;
    const paramsOffset = block.reserve(kernel.params.byteLength);
    let patches = NO_PATCHES;
    let variant: Variant;
    try {
      // First of all: what a backend is asked about a variant has been checked.
      patches = kernel.params.encode(params, block.view, paramsOffset);
      variant = this.variants.find(kernel as KernelContract, dtypes, constants, params, grid);
      for (let i = 0; i < bound.length; i++) {
        const buffer = bound[i];
        if (buffer === undefined) continue;
        checkElements(buffer, dtypes[i], label);
        if (contracts[i].access !== 'read') checkAlone(bound, i, label);
        if (contracts[i].access !== 'write') checkWritten(buffer, label);
      }
    } catch (thrown) {
      block.truncate(paramsOffset);
      throw thrown;
    }
    if (grid[0] * grid[1] * grid[2] === 0) {
      block.truncate(paramsOffset);
      return;
    }
    const uses: Use[] = new Array(present);
    let next = 0;
    for (let i = 0; i < bound.length; i++) {
      const buffer = bound[i];
      if (buffer === undefined) continue;
      const used = buffer.byteLength === 0 ? this.emptyBuffer() : buffer;
      uses[next++] = this.#use(used, ACCESS[contracts[i].access]);
    }
    this.#append({
      kind: 'dispatch',
      label,
      uses,
      bindings: variant.bindings,
      request: variant.request,
      paramsOffset,
      paramsLength: kernel.params.byteLength,
      patches,
      grid,
      work,
    });
  }

  /** Looks up what is bound, in binding order; returns how many bindings are not left out. */
  #bind(kernel: KernelContract, bindings: DispatchCall['bindings'], label: string): number {
    const contracts = kernel.bindings;
    const bound = this.#bound;
    const dtypes = this.#dtypes;
    const { limits } = this.backend;
    if (bound.length !== contracts.length) bound.length = dtypes.length = contracts.length;
    let present = 0;
    for (let i = 0; i < contracts.length; i++) {
      const bindable = bindings[contracts[i].name];
      if (bindable === undefined) {
        if (!contracts[i].optional) throw missingBinding(kernel, contracts[i].name, label);
        dtypes[i] = undefined;
        bound[i] = undefined;
        continue;
      }
      const isTyped = 'buffer' in bindable;
      const buffer = isTyped ? bindable.buffer : bindable;
      checkOwner(buffer, this.owner);
      checkBinding(buffer, limits, label);
      dtypes[i] = (isTyped ? bindable.dtype : undefined) ?? contracts[i].dtypes[0];
      bound[i] = buffer;
      present++;
    }
    let named = 0;
    for (const _ in bindings) named++;
    // Mostly each name is one that was found.
    if (named !== present) checkNames(kernel, bindings, label);
    return present;
  }

  copy(source: Buffer, destination: Buffer, name: string): void {
    const label = this.prefix + name;
    checkTransfer(source, this.backend.limits, label);
    checkTransfer(destination, this.backend.limits, label);
    if (source.byteLength !== destination.byteLength) {
      throw new WickError(
        'OUT_OF_RANGE',
        `copy "${label}": the source has ${source.byteLength} bytes, the destination ${destination.byteLength}`,
        { label },
      );
    }
    if (overlaps(source, destination)) throw overlapping(label, source, destination);
    if (source.byteLength === 0) return;
    checkWritten(source, label);
    this.#append({ kind: 'copy', label, uses: [this.#use(source, READ), this.#use(destination, WRITE)] });
  }

  fill(destination: Buffer, value: number, name: string): void {
    const label = this.prefix + name;
    checkTransfer(destination, this.backend.limits, label);
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new WickError('INVALID_ARGUMENT', `fill "${label}": ${value} is no 32-bit pattern`, { label });
    }
    if (destination.byteLength === 0) return;
    this.#append({ kind: 'fill', label, uses: [this.#use(destination, WRITE)], value });
  }

  /** `data` must not change afterwards. */
  upload(destination: Buffer, data: Uint8Array | HostSlot, name: string): void {
    const label = this.prefix + name;
    checkTransfer(destination, this.backend.limits, label);
    if (data.byteLength === 0) return;
    this.#append({ kind: 'upload', label, uses: [this.#use(destination, WRITE)], data });
  }

  /** Returns the index of the download in this recording. */
  download(source: Buffer, label: string): number {
    checkTransfer(source, this.backend.limits, label);
    checkWritten(source, label);
    const download = this.downloads++;
    this.#append({ kind: 'download', label, uses: [this.#use(source, READ)], download });
    return download;
  }

  /** Checks that a buffer may be read by the host now. */
  checkReadable(source: Buffer, label: string): void {
    checkTransfer(source, this.backend.limits, label);
    checkWritten(source, label);
  }

  /** Begins a section that `rollback` can undo. */
  mark(): Mark {
    this.#undo ??= new WrittenLog();
    return { commands: this.commands.length, params: this.params.length, downloads: this.downloads };
  }

  /** Ends the section for good. */
  commit(): void {
    this.#undo = undefined;
  }

  /** Takes back everything recorded since `mark`; returns freed memory that no command names any more. */
  rollback(mark: Mark): Storage[] {
    const unused: Storage[] = [];
    for (const command of this.commands.slice(mark.commands)) {
      for (const { resource } of command.uses) {
        const storage = this.storages[resource];
        storage.pendingUses--;
        if (storage.freed && storage.pendingUses === 0) unused.push(storage);
      }
      this.#count(command, -1);
    }
    this.commands.length = mark.commands;
    this.params.truncate(mark.params);
    this.downloads = mark.downloads;
    this.undoWritten();
    return unused;
  }

  /** Takes everything; the recorder is empty afterwards. */
  takeAll(): TakenCommands {
    const { commands, storages, downloads } = this;
    const params = this.params.take();
    const handles = this.#handles;
    for (const storage of storages) {
      storage.recorder = undefined;
      storage.pendingUses = 0;
    }
    this.commands = [];
    this.storages = [];
    this.#handles = [];
    this.params = this.#newParams();
    this.downloads = 0;
    this.bytes = 0;
    this.work = 0;
    return { commands, storages, handles, params, downloads };
  }

  /** Takes the commands where `inside` is set; no other command may be needed by one of them. */
  takePart(inside: readonly boolean[]): TakenCommands {
    const taken = this.commands.filter((_, i) => inside[i]);
    this.commands = this.commands.filter((_, i) => !inside[i]);
    let downloads = 0;
    for (const command of taken) {
      for (const use of command.uses) this.storages[use.resource].pendingUses--;
      if (command.kind === 'download') downloads++;
      this.#count(command, -1);
    }
    this.downloads -= downloads;
    const { storages } = this;
    const handles = this.#handles;
    const params = this.params.take();
    this.#keepOnlyPending(storages, params);
    return { commands: taken, storages, handles, params, downloads };
  }

  /** Gives the commands that stay tables of their own, or those would grow for as long as one command stays. */
  #keepOnlyPending(storages: readonly Storage[], params: Uint8Array): void {
    this.storages = storages.filter(({ pendingUses }) => pendingUses > 0);
    this.#handles = this.#handles.filter((_, i) => storages[i].pendingUses > 0);
    this.params = this.#newParams();
    for (const storage of storages) storage.recorder = undefined;
    this.storages.forEach((storage, i) => {
      storage.recorder = this;
      storage.resource = i;
    });
    const moved = (use: Use): Use => ({ ...use, resource: storages[use.resource].resource });
    this.commands = this.commands.map((command) => {
      const uses = command.uses.map(moved);
      // The compiler does not see that as many uses come out as went in.
      if (command.kind !== 'dispatch') return { ...command, uses } as unknown as Command;
      const { paramsOffset, paramsLength } = command;
      const offset = this.params.append(params.subarray(paramsOffset, paramsOffset + paramsLength));
      return { ...command, uses, paramsOffset: offset };
    });
  }

  /** Takes back what commands since `mark` said about written bytes: they have not run yet. */
  undoWritten(): void {
    this.#undo?.undo();
    this.#undo = undefined;
  }

  #newParams(): ParamBlock {
    return new ParamBlock(this.backend.limits.paramsAlignment);
  }

  #append(command: Command): void {
    this.commands.push(command);
    this.#count(command, 1);
  }

  #count(command: Command, sign: 1 | -1): void {
    const bytes = bytesTouched(command);
    this.bytes += sign * bytes;
    this.work += sign * workOf(command, bytes);
  }

  #use(buffer: Buffer, access: number): Use {
    const { storage } = buffer;
    if (storage.recorder !== this) {
      storage.recorder = this;
      storage.resource = this.storages.length;
      storage.pendingUses = 0;
      this.storages.push(storage);
      this.#handles.push(buffer);
    }
    storage.pendingUses++;
    if (access & WRITE && storage.unwritten !== undefined) {
      this.#undo?.note(storage);
      storage.markWritten(buffer.offset, buffer.offset + buffer.byteLength);
    }
    const { offset, byteLength } = buffer;
    const { resource, latestUse } = storage;
    // Weights, and what several commands read, are used in one way many times.
    const same =
      latestUse !== undefined &&
      latestUse.resource === resource &&
      latestUse.offset === offset &&
      latestUse.byteLength === byteLength &&
      latestUse.access === access;
    if (same) return latestUse;
    const use = { resource, offset, byteLength, access };
    storage.latestUse = use;
    return use;
  }
}
