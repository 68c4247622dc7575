/** One of two backends that run the same steps: submissions one at a time, memory read and written whole. */

import {
  type Allocation,
  type Backend,
  type Completion,
  type MemoryEntry,
  type Step,
  type Submission,
  WickError,
} from '@wick/core';

/** The parts of a submission that a slice of its steps needs. */
export type Slice = Pick<Submission, 'label' | 'steps' | 'memory' | 'params' | 'uploads' | 'downloads'>;

const NOTHING = { params: new Uint8Array(0), uploads: [], downloads: [], memory: [] } as const;

export class Side {
  #serial = 0;

  constructor(readonly backend: Backend) {}

  /** Runs steps and waits for their end. Throws what the completion says. */
  async run(slice: Slice): Promise<void> {
    const completion: Completion = await this.backend.submit({
      ...slice,
      serial: ++this.#serial,
      waits: [],
    });
    if (!completion.ok) throw completion.error;
  }

  /** Bytes of an allocation; the range may have any length inside of it. */
  async read({ allocation, offset }: MemoryEntry, byteLength: number): Promise<Uint8Array> {
    const { hostMemory } = this.backend;
    if (hostMemory !== undefined) return hostMemory.read(allocation, offset, byteLength);
    const bytes = new Uint8Array(this.#padded(allocation, offset, byteLength));
    const step: Step = {
      op: 'download',
      command: 0,
      label: 'compare',
      source: { memory: 0, offset: 0, byteLength: bytes.length },
      into: 0,
    };
    await this.#transfer(step, { memory: [{ allocation, offset }], downloads: [bytes] });
    return bytes.subarray(0, byteLength);
  }

  /** Overwrites bytes of an allocation. */
  async write({ allocation, offset }: MemoryEntry, bytes: Uint8Array): Promise<void> {
    const padded = new Uint8Array(this.#padded(allocation, offset, bytes.length));
    if (padded.length > bytes.length) {
      const old = await this.read({ allocation, offset }, padded.length);
      padded.set(old);
    }
    padded.set(bytes);
    const step: Step = {
      op: 'upload',
      command: 0,
      label: 'bring into line',
      destination: { memory: 0, offset: 0, byteLength: padded.length },
      data: 0,
    };
    await this.#transfer(step, { memory: [{ allocation, offset }], uploads: [padded] });
  }

  #padded(allocation: Allocation, offset: number, byteLength: number): number {
    const { transferAlignment } = this.backend.limits;
    const padded = Math.ceil(byteLength / transferAlignment) * transferAlignment;
    if (offset + padded > allocation.byteLength) {
      throw new WickError('OUT_OF_RANGE', `${padded} bytes at ${offset} leave the allocation`);
    }
    return padded;
  }

  async #transfer(step: Extract<Step, { op: 'upload' | 'download' }>, parts: Partial<Slice>): Promise<void> {
    const inCompute = this.backend.capabilities.transfersInComputePass.includes(step.op);
    const kind = inCompute ? 'compute' : 'transfer';
    const steps: Step[] = [
      { op: 'beginPass', kind, pass: 0, label: step.label, waits: [] },
      step,
      { op: 'endPass' },
    ];
    await this.run({ ...NOTHING, label: step.label, ...parts, steps });
  }
}
