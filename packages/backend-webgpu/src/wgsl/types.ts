/** How dtypes are written in WGSL. */

import { DTYPE_BYTES, type DType } from '@wick/core';

/** What a shader computes with: float16 is widened, bytes arrive one in a u32. */
export type ValueType = 'f32' | 'i32' | 'u32';

const VALUES: Readonly<Record<DType, ValueType>> = {
  float32: 'f32',
  float16: 'f32',
  int32: 'i32',
  uint32: 'u32',
  uint8: 'u32',
  bool: 'u32',
};

/** The type of an element in memory. WGSL has none of one byte: four of them are one word. */
const ELEMENTS: Readonly<Record<DType, string>> = {
  float32: 'f32',
  float16: 'f16',
  int32: 'i32',
  uint32: 'u32',
  uint8: 'u32',
  bool: 'u32',
};

export function valueType(dtype: DType): ValueType {
  return VALUES[dtype];
}

export function elementType(dtype: DType): string {
  return ELEMENTS[dtype];
}

/** Whether four elements share a word. */
export function isByte(dtype: DType): boolean {
  return DTYPE_BYTES[dtype] === 1;
}

export function isFloat(dtype: DType): boolean {
  return valueType(dtype) === 'f32';
}
