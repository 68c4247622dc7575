/** Making tensors from host values and from rules. They live until their scope ends or they are disposed. */

import { type Device, DTYPE_BYTES, DTYPES, type DType, type QuantizedFormat } from '@wick/core';
import { allocate, fillPattern } from './base.js';
import { encode, encodeNumbers, type TensorData } from './encode.js';
import { argumentError, shapeError } from './fail.js';
import { QuantizedTensor } from './ops/quantized.js';
import { ropeFrequencies as frequenciesOf } from './ops/rope.js';
import { checkShape, formatShape, type Shape, sizeOf } from './shape/shape.js';
import { checkWhole } from './shape/window.js';
import { Tensor } from './tensor.js';

/** Options that every creation takes. */
export interface CreateOptions {
  /** Default: float32, unless the function says otherwise. */
  readonly dtype?: DType;
  /** What errors, traces and leak reports call it. Default: the name of the function. */
  readonly label?: string;
}

function checkKnown(op: string, dtype: DType | undefined): void {
  if (dtype !== undefined && !DTYPES.includes(dtype)) throw argumentError(op, `"${dtype}" is no dtype`);
}

function upload(device: Device, bytes: Uint8Array, shape: Shape, dtype: DType, label: string): Tensor {
  checkShape(label, shape);
  const made = new Tensor(allocate(device, shape, dtype, label));
  device.write(made.buffer, bytes);
  return made;
}

/**
 * A tensor of host values: a number or boolean, nested lists of them, or a typed array. The dtype is
 * the typed array's (float32 for Float64Array and plain numbers, bool for booleans) unless it is given,
 * and values are converted to a given one; a Uint16Array holds float16 bits and needs `dtype: 'float16'`.
 * The shape is that of the nesting unless it is given.
 *
 * @throws WickError `SHAPE_MISMATCH` when the values do not fill the shape, `INVALID_ARGUMENT` for ragged
 * lists or a number that an integer dtype cannot hold
 */
export function tensor(
  device: Device,
  data: TensorData,
  shape?: Shape,
  options: CreateOptions | DType = {},
): Tensor {
  const { dtype, label = 'tensor' } = typeof options === 'string' ? { dtype: options } : options;
  checkKnown(label, dtype);
  if (shape !== undefined) checkShape(label, shape);
  const encoded = encode(label, data, shape, dtype);
  return upload(device, encoded.bytes, encoded.shape, encoded.dtype, label);
}

/** A tensor of stored bytes, little-endian and row-major. `SHAPE_MISMATCH` unless they fill the shape. */
export function fromBytes(
  device: Device,
  bytes: Uint8Array,
  shape: Shape,
  options: CreateOptions | DType,
): Tensor {
  const { dtype = 'float32', label = 'bytes' } = typeof options === 'string' ? { dtype: options } : options;
  checkKnown(label, dtype);
  checkShape(label, shape);
  const expected = sizeOf(shape) * DTYPE_BYTES[dtype];
  if (bytes.byteLength !== expected) {
    throw shapeError(
      label,
      `${bytes.byteLength} bytes for ${dtype} ${formatShape(shape)}, which takes ${expected}`,
    );
  }
  return upload(device, bytes, shape, dtype, label);
}

/** A quantised matrix [n, k] of the blocks of a GGUF file. */
export function quantized(
  device: Device,
  format: QuantizedFormat,
  shape: readonly [number, number],
  bytes: Uint8Array,
  label = `quantized ${format}`,
): QuantizedTensor<Tensor> {
  const stored = upload(device, bytes, [bytes.byteLength], 'uint8', label);
  try {
    return new QuantizedTensor(format, shape, stored);
  } catch (thrown) {
    stored.dispose();
    throw thrown;
  }
}

/** One value everywhere; the dtype is float32 unless given. `INVALID_ARGUMENT` if it cannot hold the value. */
export function full(device: Device, shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  const { dtype = 'float32', label = 'full' } = options;
  checkKnown(label, dtype);
  checkShape(label, shape);
  const pattern = fillPattern(label, value, dtype);
  const made = new Tensor(allocate(device, shape, dtype, label));
  device.fill(made.buffer, pattern);
  return made;
}

/** Zeros, or false. */
export const zeros = (device: Device, shape: Shape, options: CreateOptions = {}): Tensor =>
  full(device, shape, 0, { label: 'zeros', ...options });

/** Ones, or true. */
export const ones = (device: Device, shape: Shape, options: CreateOptions = {}): Tensor =>
  full(device, shape, 1, { label: 'ones', ...options });

/**
 * start, start + step, ... below `stop` (above it for a negative step). The dtype is int32 unless given.
 * `INVALID_ARGUMENT` for a step of 0.
 */
export function arange(
  device: Device,
  start: number,
  stop: number,
  options: CreateOptions & { readonly step?: number } = {},
): Tensor {
  const { dtype = 'int32', label = 'arange', step = 1 } = options;
  checkKnown(label, dtype);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!Number.isFinite(count))
    throw argumentError(label, `${start} to ${stop} by ${step} is no finite range`);
  checkShape(label, [count]);
  const values = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return upload(device, encodeNumbers(label, values, dtype), [count], dtype, label);
}

/** `count` numbers from start to stop, both included, at equal distances. The dtype is float32 unless given. */
export function linspace(
  device: Device,
  start: number,
  stop: number,
  count: number,
  options: CreateOptions = {},
): Tensor {
  const { dtype = 'float32', label = 'linspace' } = options;
  checkKnown(label, dtype);
  checkWhole(label, 'count', count);
  checkShape(label, [count]);
  const last = Math.max(count - 1, 1);
  const values = Float64Array.from({ length: count }, (_, i) =>
    i === last ? stop : start + ((stop - start) * i) / last,
  );
  return upload(device, encodeNumbers(label, values, dtype), [count], dtype, label);
}

/** The float32 [size / 2] frequencies of `rope`: theta^(-2i / size). Su et al. 2021. */
export function ropeFrequencies(device: Device, size: number, theta = 10000): Tensor {
  const values = frequenciesOf(size, theta);
  return upload(
    device,
    encodeNumbers('rope frequencies', values, 'float32'),
    [values.length],
    'float32',
    'rope frequencies',
  );
}
