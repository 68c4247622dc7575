/**
 * What Wick's cost is held against: an immediate encoder, as a straightforward library has it. It checks a
 * dispatch as Wick's recorder does, takes memory from a pool with the same size classes, encodes the
 * parameters, and writes the step down at once, in an encoder of its own that waits for the one before.
 * It looks at no other dispatch: no liveness, no order, no hazards; nothing shares an encoder.
 */

import {
  type Access,
  type Allocation,
  type Backend,
  type Completion,
  type KernelContract,
  type MemoryEntry,
  type ParamSpec,
  type Pipeline,
  type Step,
  type StepRange,
  sizeClass,
} from '@wick/core';
import type { Call, Target } from './workload.js';

/** Dispatches of one submission, where the backend takes as many; other libraries have 16 to 50. */
const BATCH = 50;

/** Memory of one buffer, and its line in the memory table of the submission that is being written. */
interface Block {
  readonly entry: MemoryEntry;
  submission: number;
  line: number;
}

export class NaiveBuffer {
  written = false;
  freed = false;

  constructor(
    readonly block: Block,
    readonly byteLength: number,
    readonly label: string,
  ) {}
}

export class NaiveEncoder implements Target<NaiveBuffer> {
  readonly #pool = new Map<number, Block[]>();
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #batch: number;
  readonly #params: Uint8Array;
  readonly #view: DataView;
  #scope: NaiveBuffer[] | undefined;
  #pending: Promise<Completion>[] = [];
  #serial = 1;
  #steps: Step[] = [];
  #memory: MemoryEntry[] = [];
  #passes = 0;
  #paramsLength = 0;

  constructor(private readonly backend: Backend) {
    const { maxCommandsPerSubmission, paramsAlignment } = backend.limits;
    this.#batch = Math.min(BATCH, maxCommandsPerSubmission);
    this.#params = new Uint8Array(this.#batch * Math.ceil(512 / paramsAlignment) * paramsAlignment);
    this.#view = new DataView(this.#params.buffer);
  }

  createBuffer({ byteLength, label = 'buffer' }: { byteLength: number; label?: string }): NaiveBuffer {
    const { maxAllocationBytes } = this.backend.limits;
    if (!Number.isSafeInteger(byteLength) || byteLength < 0 || byteLength > maxAllocationBytes) {
      throw new Error(`"${label}" cannot have ${byteLength} bytes`);
    }
    const size = sizeClass(byteLength, maxAllocationBytes);
    const block = this.#pool.get(size)?.pop() ?? this.#allocate(size);
    const buffer = new NaiveBuffer(block, byteLength, label);
    this.#scope?.push(buffer);
    return buffer;
  }

  dispatch<S extends ParamSpec>(kernel: KernelContract<S>, call: Call<NaiveBuffer, S>): void {
    const { bindings: given, grid, constants = {} } = call;
    const label = kernel.name;
    let key = label;
    const bindings: (StepRange | undefined)[] = [];
    for (const { name, optional, dtypes } of kernel.bindings) {
      const buffer = given[name];
      if (buffer === undefined) {
        if (!optional) throw new Error(`"${label}" needs a buffer at "${name}"`);
        bindings.push(undefined);
        key += ',-';
        continue;
      }
      this.#checkBuffer(buffer, label);
      bindings.push({ memory: this.#lineOf(buffer.block), offset: 0, byteLength: buffer.byteLength });
      key += `,${dtypes[0]}`;
    }
    for (const name in given) {
      if (!kernel.bindings.some((contract) => contract.name === name)) {
        throw new Error(`"${label}" has no binding "${name}"`);
      }
    }
    if (!grid.every((n) => Number.isInteger(n) && n >= 0 && n <= 0xffffffff)) {
      throw new Error(`the grid of "${label}" is [${grid}]`);
    }
    for (const { name, access } of kernel.bindings) checkAccess(given, name, access, label);
    for (const name in kernel.constants) key += `;${constants[name]}`;
    const { byteLength } = kernel.params;
    const params = { offset: this.#paramsLength, byteLength };
    kernel.params.encode(call.params, this.#view, params.offset);
    const { paramsAlignment } = this.backend.limits;
    this.#paramsLength += Math.ceil(byteLength / paramsAlignment) * paramsAlignment;
    const pipeline = this.#pipelines.get(key) ?? this.#prepare(key, kernel as KernelContract, constants);
    const pass = this.#passes++;
    const waits = pass === 0 ? [] : [pass - 1];
    this.#steps.push({ op: 'beginPass', kind: 'compute', pass, label, waits });
    this.#steps.push({ op: 'dispatch', command: pass, label, pipeline, bindings, params, grid });
    this.#steps.push({ op: 'endPass' });
    if (this.#passes === this.#batch) this.flush();
  }

  /** Frees what `fn` made, but for what it returns. */
  scope(fn: () => NaiveBuffer): NaiveBuffer {
    const made: NaiveBuffer[] = [];
    this.#scope = made;
    const result = fn();
    this.#scope = undefined;
    for (const buffer of made) if (buffer !== result) this.free(buffer);
    return result;
  }

  /** Work that is submitted later may use the memory at once: submissions begin in order. */
  free(buffer: NaiveBuffer): void {
    buffer.freed = true;
    const { block } = buffer;
    const size = block.entry.allocation.byteLength;
    const pooled = this.#pool.get(size);
    if (pooled === undefined) this.#pool.set(size, [block]);
    else pooled.push(block);
  }

  flush(): void {
    if (this.#steps.length === 0) return;
    const serial = this.#serial++;
    const done = this.backend.submit({
      serial,
      label: 'naive',
      steps: this.#steps,
      memory: this.#memory,
      params: this.#params.subarray(0, this.#paramsLength),
      uploads: [],
      downloads: [],
      waits: serial === 1 ? [] : [{ pass: 0, serial: serial - 1 }],
    });
    this.#pending.push(done);
    // The backend has its copy, and the next structs are written into zeros.
    this.#params.fill(0, 0, this.#paramsLength);
    this.#paramsLength = 0;
    this.#steps = [];
    this.#memory = [];
    this.#passes = 0;
  }

  async idle(): Promise<void> {
    this.flush();
    for (const completion of await Promise.all(this.#pending)) if (!completion.ok) throw completion.error;
    this.#pending = [];
  }

  #checkBuffer(buffer: NaiveBuffer, label: string): void {
    if (buffer.freed) throw new Error(`"${label}" uses "${buffer.label}", which is freed`);
    if (buffer.byteLength > this.backend.limits.maxBindingBytes) {
      throw new Error(`"${label}" binds ${buffer.byteLength} bytes`);
    }
  }

  #lineOf(block: Block): number {
    if (block.submission !== this.#serial) {
      block.submission = this.#serial;
      block.line = this.#memory.length;
      this.#memory.push(block.entry);
    }
    return block.line;
  }

  #allocate(size: number): Block {
    const allocation = this.backend.allocate(size) as Allocation;
    return { entry: { allocation, offset: 0 }, submission: 0, line: 0 };
  }

  #prepare(
    key: string,
    kernel: KernelContract,
    constants: NonNullable<Call<never, never>['constants']>,
  ): Pipeline {
    const dtypes = kernel.bindings.map((binding) => binding.dtypes[0]);
    const pipeline = this.backend.prepare({
      key,
      kernel,
      constants,
      dtypes,
      specialization: undefined,
    }) as Pipeline;
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }
}

/** What is read was written, and what is written is bound once. */
function checkAccess(
  given: Readonly<Record<string, NaiveBuffer>>,
  name: string,
  access: Access,
  label: string,
): void {
  const buffer = given[name];
  if (buffer === undefined) return;
  if (access !== 'write' && !buffer.written) throw new Error(`"${label}" reads "${buffer.label}" unwritten`);
  if (access === 'read') return;
  for (const other in given) {
    if (other !== name && given[other].block === buffer.block) {
      throw new Error(`"${label}" binds "${buffer.label}" twice and writes it`);
    }
  }
  buffer.written = true;
}
