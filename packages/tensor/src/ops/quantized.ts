/** Weights in the block formats of GGUF, which products read as they are. */

import {
  type Device,
  type DType,
  kernels,
  QUANTIZED_BLOCKS,
  QUANTIZED_FORMATS,
  type QuantizedFormat,
} from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import { formatShape, type Shape, sizeOf } from '../shape/shape.js';
import { checkDType, checkOperands, checkVector, FLOATS } from './check.js';

/**
 * A matrix [n, k] in blocks along k. It owns its bytes and lives like a tensor: until its scope ends, or
 * until it is disposed.
 */
export class QuantizedTensor<T extends TensorBase = TensorBase> implements Disposable {
  readonly device: Device;

  /**
   * Takes over `bytes`, uint8, which must not be disposed by anybody else.
   *
   * @throws WickError `INVALID_ARGUMENT` for an unknown format, `SHAPE_MISMATCH` where the last axis is no
   * multiple of the block or the bytes are not as many as the blocks take
   */
  constructor(
    readonly format: QuantizedFormat,
    readonly shape: readonly [number, number],
    /** @internal */
    readonly bytes: T,
  ) {
    const op = `quantized ${format}`;
    if (!QUANTIZED_FORMATS.includes(format)) throw argumentError(op, 'there is no such format');
    checkDType(op, 'bytes', bytes, ['uint8']);
    const size = quantizedBytes(format, shape);
    if (bytes.size !== size) {
      throw shapeError(op, `${bytes.size} bytes for the shape ${formatShape(shape)}, which takes ${size}`);
    }
    this.device = bytes.device;
    bytes.keep();
    this.device.track(this);
  }

  get label(): string {
    return this.bytes.label;
  }

  get disposed(): boolean {
    return this.bytes.disposed;
  }

  /** Lets it outlive its scope. Returns itself. */
  keep(): this {
    this.device.untrack(this);
    return this;
  }

  /** Gives its memory back; `BUFFER_FREED` the second time. */
  dispose(): void {
    this.device.untrack(this);
    this.bytes.dispose();
  }

  [Symbol.dispose](): void {
    this.device.untrack(this);
    this.bytes[Symbol.dispose]();
  }
}

/**
 * Bytes that a shape takes in a format. `SHAPE_MISMATCH` where the last axis is no multiple of the block.
 */
export function quantizedBytes(format: QuantizedFormat, shape: Shape): number {
  const { elements, bytes } = QUANTIZED_BLOCKS[format];
  const width = shape.at(-1) ?? 0;
  if (width % elements !== 0) {
    throw shapeError(
      `quantized ${format}`,
      `the last axis of ${formatShape(shape)} is no multiple of the block of ${elements}`,
    );
  }
  return (sizeOf(shape) / elements) * bytes;
}

/** x [..., k] times the transpose of a quantised [n, k], plus bias [n]: [..., n] in the dtype of x. Floats. */
export function quantizedMatmul<T extends TensorBase>(x: T, weight: QuantizedTensor<T>, bias?: T): T {
  const op = 'quantized_matmul';
  const [n, k] = weight.shape;
  checkOperands(op, x, weight.bytes, bias);
  checkDType(op, 'x', x, FLOATS);
  if (x.rank === 0 || x.shape[x.rank - 1] !== k) {
    throw shapeError(
      op,
      `x is ${formatShape(x.shape)} and weight ${formatShape(weight.shape)}, not [..., k] and [n, k]`,
    );
  }
  checkVector(op, 'bias', bias, [n]);
  const lead = x.shape.slice(0, -1);
  const m = sizeOf(lead);
  if (k === 0) throw shapeError(op, `the weight ${formatShape(weight.shape)} has no columns`);
  const out = x.create([...lead, n], x.dtype, op);
  out.launch(kernels.quantizedMatmul, {
    bindings: { x, weight: weight.bytes, bias, out },
    params: { m, n, k },
    constants: { format: weight.format },
    grid: [n, m, 1],
    label: `${op} ${weight.format}`,
    work: m * n * k,
  });
  return out;
}

/** The weights as floats [n, k]. `dtype` is float32 or float16. */
export function dequantize<T extends TensorBase>(weight: QuantizedTensor<T>, dtype: DType = 'float32'): T {
  const op = 'dequantize';
  checkOperands(op, weight.bytes);
  if (!FLOATS.includes(dtype)) throw argumentError(op, `the result cannot be ${dtype}`);
  const out = weight.bytes.create(weight.shape, dtype, op);
  out.launch(kernels.dequantize, {
    bindings: { weight: weight.bytes, out },
    params: { size: out.size },
    constants: { format: weight.format },
    grid: [out.size, 1, 1],
    label: `${op} ${weight.format}`,
  });
  return out;
}

/** Rows of a quantised [rows, width] by an int32 index: the shape of the index, followed by width. */
export function quantizedEmbedding<T extends TensorBase>(
  weight: QuantizedTensor<T>,
  index: T,
  dtype: DType = 'float32',
): T {
  const op = 'quantized_embedding';
  const [rows, width] = weight.shape;
  checkOperands(op, weight.bytes, index);
  checkDType(op, 'index', index, ['int32']);
  if (!FLOATS.includes(dtype)) throw argumentError(op, `the result cannot be ${dtype}`);
  if (rows === 0 && index.size > 0) throw argumentError(op, 'an axis without elements cannot be indexed');
  const out = index.create([...index.shape, width], dtype, op);
  out.launch(kernels.quantizedEmbedding, {
    bindings: { weight: weight.bytes, index, out },
    params: { rows, width, count: index.size },
    constants: { format: weight.format },
    grid: [width, index.size, 1],
    label: `${op} ${weight.format}`,
  });
  return out;
}
