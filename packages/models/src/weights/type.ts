/**
 * Element types of stored tensors. Plain types have blocks of one element; the quantised types of ggml
 * keep a block of elements together with their scales.
 */
import { WickError } from '@wick/core';

/** How one block of a type is laid out: `elements` values in `bytes` bytes. */
export interface BlockSize {
  readonly elements: number;
  readonly bytes: number;
}

const plain = (bytes: number): BlockSize => ({ elements: 1, bytes });
const block = (elements: number, bytes: number): BlockSize => ({ elements, bytes });

/**
 * Every type that a file can hold. Sizes of the quantised ones follow from their structures in ggml: the
 * scales and the packed bits of 32 or 256 elements.
 */
const TYPES = {
  F64: plain(8),
  F32: plain(4),
  F16: plain(2),
  BF16: plain(2),
  F8_E4M3: plain(1),
  F8_E5M2: plain(1),
  F8_E8M0: plain(1),
  C64: plain(8),
  I64: plain(8),
  I32: plain(4),
  I16: plain(2),
  I8: plain(1),
  U64: plain(8),
  U32: plain(4),
  U16: plain(2),
  U8: plain(1),
  BOOL: plain(1),
  Q4_0: block(32, 18),
  Q4_1: block(32, 20),
  Q5_0: block(32, 22),
  Q5_1: block(32, 24),
  Q8_0: block(32, 34),
  Q8_1: block(32, 36),
  Q2_K: block(256, 84),
  Q3_K: block(256, 110),
  Q4_K: block(256, 144),
  Q5_K: block(256, 176),
  Q6_K: block(256, 210),
  Q8_K: block(256, 292),
  IQ1_S: block(256, 50),
  IQ1_M: block(256, 56),
  IQ2_XXS: block(256, 66),
  IQ2_XS: block(256, 74),
  IQ2_S: block(256, 82),
  IQ3_XXS: block(256, 98),
  IQ3_S: block(256, 110),
  IQ4_NL: block(32, 18),
  IQ4_XS: block(256, 136),
  TQ1_0: block(256, 54),
  TQ2_0: block(256, 66),
  MXFP4: block(32, 17),
} as const;

/** The name of a stored element type, as safetensors and ggml write it. */
export type WeightType = keyof typeof TYPES;

/** The block of each type. */
export const WEIGHT_TYPES: Readonly<Record<WeightType, BlockSize>> = TYPES;

/**
 * Number of elements of a shape, or undefined when it is above 2^53 or a dimension is no whole number of
 * at least zero. A shape with a zero has none, however large its other dimensions are.
 */
export function elementCount(shape: readonly number[]): number | undefined {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return undefined;
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/**
 * Bytes that a tensor takes, or undefined when the number is above 2^53 or a row (the last dimension) is
 * not a whole number of blocks. A shape without dimensions is one element.
 */
export function weightByteLength(type: WeightType, shape: readonly number[]): number | undefined {
  const count = elementCount(shape);
  if (count === undefined) return undefined;
  const { elements, bytes } = WEIGHT_TYPES[type];
  const row = shape.at(-1) ?? 1;
  if (row % elements !== 0) return undefined;
  const length = (count / elements) * bytes;
  return Number.isSafeInteger(length) ? length : undefined;
}

/** BAD_MODEL for a tensor of a type that nothing here can compute with. */
export function unsupportedType(type: string, label: string): WickError {
  return new WickError('BAD_MODEL', `${label} is of type ${type}, which Wick cannot decode.`, { label });
}
