/**
 * Buffers that are forgotten without being freed: a finalizer gives their memory back and reports them. Most
 * buffers die in the run that made them and a finalizer is dear, so a buffer is watched only once it has
 * outlived a flush.
 */

import type { Buffer } from './buffer.js';
import type { Storage } from './storage.js';

/** Most buffers that are held until it is known whether they outlive a flush. */
const MOST_YOUNG = 256;

export class LeakWatch {
  readonly #collected: FinalizationRegistry<Storage>;
  /** Buffers made since the last flush. While they are here they cannot be collected. */
  #young: Buffer[] = [];

  /** `forgotten` is called some time after a watched buffer was collected. */
  constructor(forgotten: (storage: Storage) => void) {
    this.#collected = new FinalizationRegistry(forgotten);
  }

  /** Whether more are held than are worth waiting for a flush. */
  get isCrowded(): boolean {
    return this.#young.length >= MOST_YOUNG;
  }

  /** A buffer that owns memory was made. */
  add(buffer: Buffer): void {
    this.#young.push(buffer);
  }

  /** From now on a finalizer gives back what is forgotten. */
  watch(): void {
    for (const buffer of this.#young) {
      if (buffer.freed) continue;
      buffer.watched = true;
      this.#collected.register(buffer, buffer.storage, buffer);
    }
    this.#young = [];
  }

  /** A buffer was freed by its owner. */
  release(buffer: Buffer): void {
    // To unregister what was never registered costs as much as a command does.
    if (!buffer.watched) return;
    buffer.watched = false;
    this.#collected.unregister(buffer);
  }
}
