/** Element types of device memory. `bool` is one byte, 0 or 1; every type is little-endian. */
export type DType = 'float32' | 'float16' | 'int32' | 'uint32' | 'uint8' | 'bool';

export const DTYPES: readonly DType[] = ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'];

/** Bytes that one element takes. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint32: 4,
  uint8: 1,
  bool: 1,
};
