/**
 * Stored elements as numbers, on the host: for types that no kernel takes, and for small tables that the
 * host itself looks into.
 */
import { WickError } from '@wick/core';
import { BLOCK_DECODERS } from '../gguf/dequantize.js';
import { bfloat16ToNumber, float16ToNumber } from './float16.js';
import { unsupportedType, WEIGHT_TYPES, type WeightType } from './type.js';

/** Reads one element at a byte offset. */
type ReadElement = (view: DataView, at: number) => number;

const ELEMENTS: Partial<Record<WeightType, ReadElement>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => float16ToNumber(view.getUint16(at, true)),
  BF16: (view, at) => bfloat16ToNumber(view.getUint16(at, true)),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  I8: (view, at) => view.getInt8(at),
  U64: (view, at) => Number(view.getBigUint64(at, true)),
  U32: (view, at) => view.getUint32(at, true),
  U16: (view, at) => view.getUint16(at, true),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** Whether `decodeFloat32` knows a type. */
export function canDecode(type: WeightType): boolean {
  return type in ELEMENTS || type in BLOCK_DECODERS;
}

/**
 * Decodes stored elements to float32, rounded to nearest where float32 cannot hold them. Works for the
 * plain types without float8 and complex numbers, and for Q8_0, Q4_0, Q4_K and Q6_K.
 *
 * @throws BAD_MODEL for any other type, INVALID_ARGUMENT when `bytes` is not a whole number of blocks.
 */
export function decodeFloat32(type: WeightType, bytes: Uint8Array, label = 'A tensor'): Float32Array {
  const size = WEIGHT_TYPES[type];
  const blocks = bytes.byteLength / size.bytes;
  if (!Number.isInteger(blocks)) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `${bytes.byteLength} bytes are not a whole number of ${type} blocks.`,
      {
        label,
      },
    );
  }
  const values = new Float32Array(blocks * size.elements);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readElement = ELEMENTS[type];
  const decodeBlock = BLOCK_DECODERS[type];
  if (readElement !== undefined) {
    for (let i = 0; i < blocks; i++) values[i] = readElement(view, i * size.bytes);
  } else if (decodeBlock !== undefined) {
    for (let i = 0; i < blocks; i++) decodeBlock(view, i * size.bytes, values, i * size.elements);
  } else {
    throw unsupportedType(type, label);
  }
  return values;
}
