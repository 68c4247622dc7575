/** The catalogue: every built-in kernel by its contract. A backend implements them by name. */

import { attention, rope, timestepEmbedding } from './attention.js';
import { conv2d, convTranspose2d, pool2d, resizeBicubic, upsampleNearest } from './conv.js';
import { binary, binaryScalar, cast, gated, select, unary } from './elementwise.js';
import { gather, gatherRows, scatterAdd, writeRows } from './indexing.js';
import { concat, pad, stridedCopy } from './layout.js';
import { dequantize, matmul, quantizedEmbedding, quantizedMatmul } from './matmul.js';
import { batchNorm, globalResponseNorm, groupNorm, layerNorm, rmsNorm } from './norm.js';
import { random } from './random.js';
import { argReduce, cumsum, reduce, softmax } from './reduce.js';

/** The built-in kernels by name. What each computes, and over which grid, stands above its contract. */
export const kernels = {
  unary,
  binary,
  binaryScalar,
  select,
  cast,
  gated,
  reduce,
  argReduce,
  cumsum,
  softmax,
  layerNorm,
  rmsNorm,
  groupNorm,
  batchNorm,
  globalResponseNorm,
  matmul,
  quantizedMatmul,
  dequantize,
  quantizedEmbedding,
  conv2d,
  convTranspose2d,
  pool2d,
  upsampleNearest,
  resizeBicubic,
  stridedCopy,
  pad,
  concat,
  gather,
  gatherRows,
  scatterAdd,
  writeRows,
  rope,
  attention,
  timestepEmbedding,
  random,
} as const;

export { MAX_HEAD_SIZE, ROPE_STYLES, type RopeStyle } from './attention.js';
export {
  ARITHMETIC_OPS,
  BINARY_OPS,
  type BinaryOp,
  COMPARISON_OPS,
  GATES,
  type Gate,
  LOGICAL_OPS,
  UNARY_OPS,
  type UnaryOp,
} from './elementwise.js';
export { PAD_MODES, type PadMode } from './layout.js';
export { QUANTIZED_BLOCKS, QUANTIZED_FORMATS, type QuantizedFormat } from './matmul.js';
export { RANDOM_KINDS, type RandomKind } from './random.js';
export { REDUCE_OPS, type ReduceOp } from './reduce.js';
export { binaryResult, binarySupports, unarySupports } from './support.js';
