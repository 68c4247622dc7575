/** Element types in MSL. */

import type { DType } from '@wick/core';

/** How an element lies in memory. */
export const STORED: Readonly<Record<DType, string>> = {
  float32: 'float',
  float16: 'half',
  int32: 'int',
  uint32: 'uint',
  uint8: 'uchar',
  bool: 'uchar',
};

/** What kernels compute with. */
export type ValueType = 'float' | 'int' | 'uint';

export const VALUE: Readonly<Record<DType, ValueType>> = {
  float32: 'float',
  float16: 'float',
  int32: 'int',
  uint32: 'uint',
  uint8: 'uint',
  bool: 'uint',
};

export function isFloat(dtype: DType): boolean {
  return VALUE[dtype] === 'float';
}

/** The unsigned integer as wide as an element: moving it keeps every bit, of a NaN and of a subnormal too. */
export function bitsType(bytes: number): 'uchar' | 'ushort' | 'uint' {
  if (bytes === 1) return 'uchar';
  return bytes === 2 ? 'ushort' : 'uint';
}
