import { WickError } from '../errors.js';
import type { Storage } from './storage.js';

/** The device that a buffer belongs to. */
export interface BufferOwner {
  /** @internal Called when the buffer that owns the memory is freed. */
  release(buffer: Buffer): void;
}

/**
 * A handle on a byte range of device memory. Hazards, hence ordering, are about the memory behind it and
 * never about the handle. Made by `device.createBuffer` and `buffer.view`.
 */
export class Buffer implements Disposable {
  #freed = false;
  /** @internal Whether a finalizer would give the memory back. */
  watched = false;

  /** @internal */
  constructor(
    readonly device: BufferOwner,
    /** @internal */
    readonly storage: Storage,
    /** Bytes from the beginning of the memory. */
    readonly offset: number,
    readonly byteLength: number,
    readonly label: string,
    /** The buffer that owns the memory, where this is a view: while a view is held, so is the memory. */
    private readonly owner?: Buffer,
  ) {}

  /** Whether it, or the buffer that it is a view of, was freed. */
  get freed(): boolean {
    return this.#freed || this.storage.freed;
  }

  /**
   * A sub-range that shares the memory. It dies with the buffer that owns the memory.
   *
   * @param offset bytes from the beginning of this buffer
   * @throws WickError `OUT_OF_RANGE`, `BUFFER_FREED`
   */
  view(offset: number, byteLength: number, label = this.label): Buffer {
    if (this.freed) throw new WickError('BUFFER_FREED', `"${this.label}" is freed`, { label: this.label });
    const whole =
      Number.isSafeInteger(offset) && Number.isSafeInteger(byteLength) && offset >= 0 && byteLength >= 0;
    if (!whole || offset + byteLength > this.byteLength) {
      throw new WickError(
        'OUT_OF_RANGE',
        `a view of ${byteLength} bytes at ${offset} leaves "${this.label}" of ${this.byteLength} bytes`,
        { label: this.label },
      );
    }
    return new Buffer(this.device, this.storage, this.offset + offset, byteLength, label, this.owner ?? this);
  }

  /**
   * Ends the handle; with the owner of the memory the memory goes too. Commands that were recorded before
   * still run; later commands of the device may reuse the memory at once.
   *
   * @throws WickError `BUFFER_FREED` if it is freed already
   */
  free(): void {
    if (this.freed)
      throw new WickError('BUFFER_FREED', `"${this.label}" is freed already`, { label: this.label });
    this[Symbol.dispose]();
  }

  /** As `free`, but silent where it is freed already. */
  [Symbol.dispose](): void {
    if (this.freed) return;
    this.#freed = true;
    if (this.owner === undefined) this.device.release(this);
  }
}
