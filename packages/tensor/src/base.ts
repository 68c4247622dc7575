/**
 * A tensor without its operations: memory, shape, lifetime, reading. Operations are functions on it
 * (`ops/`), and `Tensor` puts them on as methods.
 */

import {
  type Buffer,
  type Device,
  type DispatchCall,
  DTYPE_BYTES,
  type DType,
  type KernelContract,
  type ParamSpec,
  WickError,
} from '@wick/core';
import { decode, encodeNumbers, type NestedArray, nest, type TensorValues } from './encode.js';
import { shapeError } from './fail.js';
import { SharedMemory } from './memory.js';
import { checkShape, formatShape, type Shape, sizeOf } from './shape/shape.js';

/**
 * A part of a tensor shares its memory only where it begins at a multiple of this many bytes: the
 * alignment of bindings that every WebGPU device accepts, kept to on all backends so that a program
 * records the same commands on each.
 */
export const VIEW_ALIGNMENT = 256;

/** Transfers move multiples of this, except at the end of a buffer. */
const TRANSFER_ALIGNMENT = 4;

/** What a tensor is made of. It takes over one share of the memory. */
export interface TensorParts {
  readonly device: Device;
  readonly memory: SharedMemory;
  /** The range of the memory that the elements fill, row-major. */
  readonly buffer: Buffer;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly label: string;
}

/** Options of reads. */
export interface ReadOptions {
  /** Gives up waiting: the promise rejects `CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** Shape, dtype, memory and lifetime of a tensor; the operations are added by the classes that extend it. */
export abstract class TensorBase implements Disposable {
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** What errors call it: the label that it was made with, or the operation that made it. */
  readonly label: string;
  readonly #buffer: Buffer;
  #memory: SharedMemory | undefined;

  /** @internal Use `tensor`, `zeros` and the like. */
  constructor(parts: TensorParts) {
    const { device, memory, buffer, shape, dtype, label } = parts;
    this.device = device;
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.#buffer = buffer;
    this.label = label;
    this.#memory = memory;
    device.track(this);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Bytes of all elements. */
  get byteLength(): number {
    return this.size * DTYPE_BYTES[this.dtype];
  }

  /** Its device memory, for `device.dispatch`. `BUFFER_FREED` once it is disposed. */
  get buffer(): Buffer {
    this.assertAlive('buffer');
    return this.#buffer;
  }

  get disposed(): boolean {
    return this.#memory === undefined || this.#buffer.freed;
  }

  /** @internal Throws `BUFFER_FREED` once it is disposed. */
  assertAlive(op: string): void {
    this.#alive(op);
  }

  #alive(op: string): SharedMemory {
    const own = this.#memory;
    if (own !== undefined && !this.#buffer.freed) return own;
    throw new WickError('BUFFER_FREED', `${op}: the tensor "${this.label}" is disposed`, {
      label: this.label,
    });
  }

  /**
   * Ends this tensor. Its memory goes when no view shares it any more; work that was recorded still runs.
   *
   * @throws WickError `BUFFER_FREED` if it is disposed already
   */
  dispose(): void {
    this.assertAlive('dispose');
    this[Symbol.dispose]();
  }

  /** As `dispose`, but silent the second time. */
  [Symbol.dispose](): void {
    const own = this.#memory;
    if (own === undefined) return;
    this.#memory = undefined;
    this.device.untrack(this);
    own.release();
  }

  /** Lets it outlive the scope that it was made in; returns itself. */
  keep(): this {
    this.assertAlive('keep');
    this.device.untrack(this);
    return this;
  }

  /** The bytes of the elements at the moment of the call, little-endian and row-major. */
  async bytes(options: ReadOptions = {}): Promise<Uint8Array> {
    this.assertAlive('bytes');
    return this.device.read(this.#buffer, options);
  }

  /**
   * The elements at the moment of the call, row-major, in an array of their own: float16 as
   * Float32Array, bool as Uint8Array of 0 and 1. Rejects with the first cause if work that they depend on
   * failed, with `BUFFER_FREED` on a disposed tensor, with `CANCELLED` when the signal is aborted.
   */
  async data(options: ReadOptions = {}): Promise<TensorValues> {
    return decode(await this.bytes(options), this.dtype);
  }

  /** The only element, a boolean for bool. Rejects `SHAPE_MISMATCH` unless there is exactly one. */
  async item(options: ReadOptions = {}): Promise<number | boolean> {
    if (this.size !== 1)
      throw shapeError('item', `${formatShape(this.shape)} has ${this.size} elements, not one`);
    const [value] = await this.data(options);
    return this.dtype === 'bool' ? value !== 0 : value;
  }

  /** The elements as nested lists, of booleans for bool; without axes the element itself. */
  async toArray(options: ReadOptions = {}): Promise<NestedArray> {
    return nest(await this.data(options), this.shape, this.dtype);
  }

  /** @internal A tensor of the same class. */
  protected abstract make(parts: TensorParts): this;

  /** @internal A fresh tensor on the same device, to be written by the next dispatch. */
  create(shape: Shape, dtype: DType, label: string): this {
    checkShape(label, shape);
    return this.make(allocate(this.device, shape, dtype, label));
  }

  /** @internal The elements from `offset` on in another shape, in the same memory. */
  alias(shape: Shape, offset = 0): this {
    const memory = this.#alive('view');
    const bytes = DTYPE_BYTES[this.dtype];
    const size = sizeOf(shape);
    const whole = offset === 0 && size === this.size;
    const buffer = whole ? this.#buffer : this.#buffer.view(offset * bytes, size * bytes);
    const { device, dtype, label } = this;
    return this.make({ device, memory: memory.retain(), buffer, shape, dtype, label });
  }

  /** @internal The memory, where the elements fill all of it. */
  get wholeMemory(): SharedMemory | undefined {
    return this.#memory?.buffer === this.#buffer ? this.#memory : undefined;
  }

  /** @internal Whether `size` elements from `offset` on can be a view on every backend. */
  canAlias(offset: number, size: number): boolean {
    const bytes = DTYPE_BYTES[this.dtype];
    const toTheEnd = offset + size === this.size;
    return (offset * bytes) % VIEW_ALIGNMENT === 0 && (toTheEnd || (size * bytes) % TRANSFER_ALIGNMENT === 0);
  }

  /** @internal A tensor on the same device with uploaded numbers. */
  constant(values: ArrayLike<number>, shape: Shape, dtype: DType, label: string): this {
    const bytes = encodeNumbers(label, values, dtype);
    const out = this.create(shape, dtype, label);
    out.device.write(out.buffer, bytes);
    return out;
  }

  /** @internal A tensor on the same device with one value everywhere. */
  filled(value: number, shape: Shape, dtype: DType, label: string): this {
    const pattern = fillPattern(label, value, dtype);
    const out = this.create(shape, dtype, label);
    out.device.fill(out.buffer, pattern);
    return out;
  }

  /** @internal Records the dispatch that writes this fresh tensor, or disposes it if that is refused. */
  launch<S extends ParamSpec>(kernel: KernelContract<S>, call: DispatchCall<S>): void {
    if (call.grid.includes(0)) return;
    try {
      this.device.dispatch(kernel, call);
    } catch (thrown) {
      this[Symbol.dispose]();
      throw thrown;
    }
  }
}

/** Memory for a tensor, outside of every scope: the tensor itself is what scopes track. */
export function allocate(device: Device, shape: Shape, dtype: DType, label: string): TensorParts {
  const buffer = device.createBuffer({ byteLength: sizeOf(shape) * DTYPE_BYTES[dtype], label });
  device.untrack(buffer);
  return { device, memory: new SharedMemory(buffer), buffer, shape, dtype, label };
}

/** The 32 bits that fill memory with one value of a dtype. */
export function fillPattern(op: string, value: number, dtype: DType): number {
  const bytes = encodeNumbers(op, new Array<number>(4 / DTYPE_BYTES[dtype]).fill(value), dtype);
  return new DataView(bytes.buffer).getUint32(0, true);
}
