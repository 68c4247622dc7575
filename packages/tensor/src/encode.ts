/** Values of JavaScript to the bytes of a dtype, and back. */

import { isFloat16Array } from '@petamoriken/float16';
import { DTYPE_BYTES, type DType } from '@wick/core';
import { argumentError, shapeError } from './fail.js';
import { decodeHalf, encodeHalf } from './half.js';
import { formatShape, type Shape, sizeOf } from './shape/shape.js';

/** A number, a boolean, or lists of them of equal length at each level. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** The arrays that reads give: float16 arrives as float32, bool as bytes of 0 and 1. */
export type TensorValues = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** What a tensor can be made of. Uint16Array holds float16 bits. */
export type TensorData = NestedArray | TensorValues | Float64Array | Int8Array | Int16Array | Uint16Array;

/** Bytes of one dtype, with the shape they were given in. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly shape: Shape;
  readonly dtype: DType;
}

const RANGES: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int32: [-0x80000000, 0x7fffffff],
  uint32: [0, 0xffffffff],
  uint8: [0, 0xff],
};

/** Whether `value` can be an element of an integer dtype; true for the others. */
export function fitsDType(value: number, dtype: DType): boolean {
  const range = RANGES[dtype];
  return range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1]);
}

function arrayFor(dtype: DType, length: number): TensorValues {
  switch (dtype) {
    case 'float32':
    case 'float16':
      return new Float32Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
  }
}

/**
 * Numbers as the bytes of `dtype`. Floats are rounded to nearest; bool is `value != 0`.
 * `INVALID_ARGUMENT` for a number that an integer dtype cannot hold.
 */
export function encodeNumbers(op: string, values: ArrayLike<number>, dtype: DType): Uint8Array {
  if (dtype === 'float16') return encodeHalf(values);
  const array = arrayFor(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!fitsDType(value, dtype)) throw argumentError(op, `element ${i} is ${value}, which is no ${dtype}`);
    array[i] = dtype === 'bool' ? Number(value !== 0) : value;
  }
  return new Uint8Array(array.buffer);
}

function isNumbers(data: TensorData): data is Exclude<TensorData, NestedArray> {
  return ArrayBuffer.isView(data) || isFloat16Array(data);
}

/** The dtype that a typed array says itself; undefined where it has to be given. */
function dtypeOf(data: Exclude<TensorData, NestedArray>): DType | undefined {
  if (isFloat16Array(data)) return 'float16';
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Uint16Array ? undefined : 'int32';
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Whether the memory of `data` is already what `dtype` stores; bool takes bytes as they are. */
export function isStored(data: object, dtype: DType): boolean {
  switch (dtype) {
    case 'float32':
      return data instanceof Float32Array;
    case 'float16':
      return data instanceof Uint16Array;
    case 'int32':
      return data instanceof Int32Array;
    case 'uint32':
      return data instanceof Uint32Array;
    case 'uint8':
    case 'bool':
      return data instanceof Uint8Array;
  }
}

function flatten(op: string, data: NestedArray): { values: number[]; shape: number[]; booleans: boolean } {
  const values: number[] = [];
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0])
    shape.push(level.length);
  let booleans = 0;
  const walk = (item: NestedArray, depth: number): void => {
    if (typeof item === 'number' || typeof item === 'boolean') {
      if (depth !== shape.length)
        throw argumentError(op, `a nested array holds a ${typeof item} beside an array`);
      if (typeof item === 'boolean') booleans++;
      values.push(Number(item));
      return;
    }
    if (!Array.isArray(item)) throw argumentError(op, `${String(item)} is neither a number nor an array`);
    if (item.length !== shape[depth]) {
      throw argumentError(
        op,
        `a nested array has lengths ${shape[depth] ?? 'of one element'} and ${item.length} at depth ${depth}`,
      );
    }
    for (const entry of item) walk(entry, depth + 1);
  };
  walk(data, 0);
  return { values, shape, booleans: booleans > 0 && booleans === values.length };
}

/**
 * Values as bytes. The dtype is the array's own (float32 for plain numbers and Float64Array, bool for
 * booleans) unless it is given; the shape is that of the nesting unless it is given.
 */
export function encode(
  op: string,
  data: TensorData,
  shape: Shape | undefined,
  dtype: DType | undefined,
): Encoded {
  let found: { bytes: Uint8Array; shape: Shape; dtype: DType };
  if (isNumbers(data)) {
    const own = dtype ?? dtypeOf(data);
    if (own === undefined || (data instanceof Uint16Array && own !== 'float16')) {
      throw argumentError(op, `a Uint16Array holds float16 bits: give the dtype 'float16'`);
    }
    // Bytes for bool may be other than 0 and 1.
    const bytes = own !== 'bool' && isStored(data, own) ? bytesOf(data) : encodeNumbers(op, data, own);
    found = { bytes, shape: [data.length], dtype: own };
  } else {
    const flat = flatten(op, data);
    const own = dtype ?? (flat.booleans ? 'bool' : 'float32');
    found = { bytes: encodeNumbers(op, flat.values, own), shape: flat.shape, dtype: own };
  }
  if (shape === undefined) return found;
  if (sizeOf(shape) !== sizeOf(found.shape)) {
    throw shapeError(op, `${sizeOf(found.shape)} values do not fill the shape ${formatShape(shape)}`);
  }
  return { ...found, shape: [...shape] };
}

/** Bytes of a tensor as an array of its own. */
export function decode(bytes: Uint8Array, dtype: DType): TensorValues {
  if (dtype === 'float16') return decodeHalf(bytes);
  const array = arrayFor(dtype, bytes.byteLength / DTYPE_BYTES[dtype]);
  new Uint8Array(array.buffer).set(bytes);
  return array;
}

/** Nested lists of numbers, or of booleans for bool; a scalar for a shape without axes. */
export function nest(values: TensorValues, shape: Shape, dtype: DType): NestedArray {
  const at = (index: number): number | boolean => (dtype === 'bool' ? values[index] !== 0 : values[index]);
  const build = (axis: number, start: number, size: number): NestedArray => {
    const length = shape[axis];
    if (length === undefined) return at(start);
    const step = length === 0 ? 0 : size / length;
    return Array.from({ length }, (_, i) => build(axis + 1, start + i * step, step));
  };
  return build(0, 0, values.length);
}
