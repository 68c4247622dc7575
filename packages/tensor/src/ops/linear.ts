/** Dense layers and embeddings over plain or quantised weights. */

import type { DType } from '@wick/core';
import type { TensorBase } from '../base.js';
import { lookup } from './indexing.js';
import { dense } from './matmul.js';
import { QuantizedTensor, quantizedEmbedding, quantizedMatmul } from './quantized.js';
import { cast } from './select.js';

/**
 * x [..., in] times the transpose of weight [out, in], plus bias [out]: [..., out] in the dtype of x.
 * Floats, which x, weight and bias may mix; the weight may be quantised.
 */
export function linear<T extends TensorBase>(x: T, weight: T | QuantizedTensor<T>, bias?: T): T {
  return weight instanceof QuantizedTensor ? quantizedMatmul(x, weight, bias) : dense(x, weight, bias);
}

/**
 * Rows of weight [rows, width] by an int32 index: the shape of the index, followed by width. `dtype` is
 * by default that of a plain weight, and float32 for a quantised one.
 */
export function embedding<T extends TensorBase>(weight: T | QuantizedTensor<T>, index: T, dtype?: DType): T {
  if (weight instanceof QuantizedTensor) return quantizedEmbedding(weight, index, dtype);
  const rows = lookup(weight, index);
  if (dtype === undefined || dtype === rows.dtype) return rows;
  const converted = cast(rows, dtype);
  rows.dispose();
  return converted;
}
