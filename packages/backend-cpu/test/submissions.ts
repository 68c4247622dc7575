/** Submissions by hand, for tests of the shell. */

import type { BindingArray, Completion, KernelConstants, KernelContract, Submission } from '@wick/core';
import { defineKernel } from '@wick/core';
import type { CpuBackend } from '../src/backend.js';
import type { CommandStep } from '../src/commands.js';
import type { CpuAllocation } from '../src/memory.js';

/** Without `Omit`, which would lose the union. */
type Unnumbered<T> = T extends CommandStep ? Omit<T, 'command'> : never;

/** Records the steps of one submission: memory, uploads and downloads get their numbers by themselves. */
export class Recording {
  readonly #memory: CpuAllocation[] = [];
  readonly #offsets: number[] = [];
  readonly #uploads: Uint8Array[] = [];
  readonly #downloads: Uint8Array[] = [];
  readonly #steps: Submission['steps'][number][] = [
    { op: 'beginPass', kind: 'compute', pass: 0, label: 'pass', waits: [] },
  ];
  #params = new Uint8Array(0);

  constructor(readonly backend: CpuBackend) {}

  /** A range of an allocation, which enters the memory table with an offset of its own. */
  range(allocation: CpuAllocation, offset = 0, byteLength = allocation.byteLength - offset, base = 0) {
    this.#memory.push(allocation);
    this.#offsets.push(base);
    return { memory: this.#memory.length - 1, offset: offset - base, byteLength };
  }

  add(step: Unnumbered<CommandStep>): this {
    this.#steps.push({ ...step, command: this.#steps.length });
    return this;
  }

  upload(destination: ReturnType<Recording['range']>, data: BindingArray | Uint16Array): this {
    this.#uploads.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return this.add({ op: 'upload', label: 'upload', destination, data: this.#uploads.length - 1 });
  }

  /** Answers with where the bytes will stand. */
  download(source: ReturnType<Recording['range']>): Uint8Array {
    const into = new Uint8Array(source.byteLength);
    this.#downloads.push(into);
    this.add({ op: 'download', label: 'download', source, into: this.#downloads.length - 1 });
    return into;
  }

  dispatch(
    label: string,
    kernel: KernelContract,
    bindings: readonly (ReturnType<Recording['range']> | undefined)[],
    values: Readonly<Record<string, number | readonly number[]>> = {},
    constants: KernelConstants = {},
    dtypes = kernel.bindings.map(({ dtypes }, i) => (bindings[i] === undefined ? undefined : dtypes[0])),
  ): this {
    const request = { key: kernel.name, kernel, constants, dtypes, specialization: undefined };
    const pipeline = this.backend.prepare(request);
    const offset = this.#params.length;
    const grown = new Uint8Array(offset + kernel.params.byteLength);
    grown.set(this.#params);
    kernel.params.encode(values, new DataView(grown.buffer), offset);
    this.#params = grown;
    const params = { offset, byteLength: kernel.params.byteLength };
    return this.add({ op: 'dispatch', label, pipeline, bindings, params, grid: [1, 1, 1] });
  }

  submission(serial: number): Submission {
    return {
      serial,
      label: `submission ${serial}`,
      steps: [...this.#steps, { op: 'endPass' }],
      memory: this.#memory.map((allocation, i) => ({ allocation, offset: this.#offsets[i] })),
      params: this.#params,
      uploads: this.#uploads,
      downloads: this.#downloads,
      waits: [],
    };
  }

  submit(serial: number): Promise<Completion> {
    return this.backend.submit(this.submission(serial));
  }
}

/** A user's kernel without memory worth the name that does something on the host. */
export function hostKernel(name: string, work: () => void): KernelContract {
  return defineKernel({ name, bindings: { out: 'write' }, reference: work });
}
