/** Hands submissions to the native device, one call for each. */

import type { MemoryEntry, Step, Submission } from '@wick/core';
import { metalAllocation } from '../memory.js';
import type { NativeDevice, PackedSteps } from '../native.js';
import { packSteps, type TransferKernels } from './pack.js';

export class Submitter {
  /** Packed steps live as long as the plans that they belong to. */
  readonly #packed = new WeakMap<readonly Step[], PackedSteps>();
  /** Number and offset of each entry of the memory table; read by the native call, and used again. */
  #table = new Float64Array(64);
  /** Pass and serial of each wait. */
  #waits = new Float64Array(16);

  constructor(
    private readonly device: NativeDevice,
    private readonly transfers: TransferKernels,
  ) {}

  /** Encodes and commits. Throws what the native device throws. */
  submit({ serial, label, steps, memory, params, uploads, downloads, waits }: Submission): void {
    let packed = this.#packed.get(steps);
    if (packed === undefined) {
      packed = packSteps(label, steps, this.transfers);
      this.#packed.set(steps, packed);
    }
    this.#writeTable(memory);
    this.#writeWaits(waits);
    const waitCount = waits.length;
    this.device.submit(packed, serial, this.#table, this.#waits, waitCount, params, uploads, downloads);
  }

  #writeTable(memory: readonly MemoryEntry[]): void {
    if (2 * memory.length > this.#table.length) this.#table = new Float64Array(4 * memory.length);
    for (let i = 0; i < memory.length; i++) {
      const { allocation, offset } = memory[i];
      this.#table[2 * i] = metalAllocation(allocation).number;
      this.#table[2 * i + 1] = offset;
    }
  }

  #writeWaits(waits: Submission['waits']): void {
    if (2 * waits.length > this.#waits.length) this.#waits = new Float64Array(4 * waits.length);
    for (let i = 0; i < waits.length; i++) {
      this.#waits[2 * i] = waits[i].pass;
      this.#waits[2 * i + 1] = waits[i].serial;
    }
  }
}
