/** Elements as bytes of device memory and back, and images of memory with canaries around them. */

import { type BindingArray, DTYPE_BYTES, type DType } from '@wick/core';
import { decodeHalf, encodeHalf } from '@wick/tensor';
import type { Operand } from './spec.js';

/** The bytes of an operand. */
export function encode({ dtype, values }: Operand): Uint8Array {
  if (dtype === 'float16') return encodeHalf(values);
  const { buffer, byteOffset, byteLength } = plainArray(dtype, values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What a kernel sees of an operand: a typed array, float16 as float32. */
export function decode(dtype: DType, bytes: Uint8Array): BindingArray {
  if (dtype === 'float16') return decodeHalf(bytes);
  const { buffer } = bytes.slice(); // aligned
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'int32') return new Int32Array(buffer);
  return dtype === 'uint32' ? new Uint32Array(buffer) : new Uint8Array(buffer);
}

/** The nearest number that float16 holds. */
export function roundHalf(value: number): number {
  return decodeHalf(encodeHalf([value]))[0];
}

function plainArray(dtype: Exclude<DType, 'float16'>, values: ArrayLike<number>): BindingArray {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    default:
      return dtype satisfies never;
  }
}

/** An image of memory: a guard of canaries, the bytes of an operand, canaries to the end. */
export class GuardedImage {
  readonly bytes: Uint8Array;
  readonly byteLength: number;

  /** @param guard bytes in front and, at least, behind */
  constructor(
    operand: Operand,
    readonly guard: number,
    /** Whether the operand is garbage until a kernel writes it. */
    garbage: boolean,
  ) {
    this.byteLength = operand.values.length * DTYPE_BYTES[operand.dtype];
    const padded = Math.ceil(this.byteLength / 16) * 16;
    this.bytes = Uint8Array.from({ length: guard + padded + guard }, (_, i) => (i * 29 + 17) % 251);
    if (garbage) this.bytes.fill(0xff, guard, guard + this.byteLength);
    else this.bytes.set(encode(operand), guard);
  }

  /** The operand's part of what was read back. */
  inside(read: Uint8Array): Uint8Array {
    return read.subarray(this.guard, this.guard + this.byteLength);
  }

  /** The first byte outside of the operand that differs from what was uploaded, relative to its begin. */
  overrun(read: Uint8Array): number | undefined {
    const end = this.guard + this.byteLength;
    for (let i = 0; i < this.bytes.length; i++) {
      if ((i < this.guard || i >= end) && read[i] !== this.bytes[i]) return i - this.guard;
    }
    return undefined;
  }
}
