/** Every kernel of this backend, by name. */

import type { MslKernel } from '../kernel.js';
import { attention } from './attention.js';
import { conv2d, convTranspose2d } from './conv.js';
import { binary, binaryScalar, cast, gated, unary } from './elementwise.js';
import { gather, gatherRows, scatterAdd, writeRows } from './indexing.js';
import { concat, pad, select, stridedCopy } from './layout.js';
import { matmul } from './matmul.js';
import { batchNorm, globalResponseNorm, groupNorm, layerNorm, rmsNorm } from './norm.js';
import { dequantize, quantizedEmbedding, quantizedMatmul } from './quantized.js';
import { random } from './random.js';
import { argReduce, cumsum, reduce, softmax } from './reduce.js';
import { pool2d, resizeBicubic, upsampleNearest } from './resize.js';
import { rope, timestepEmbedding } from './rotary.js';

const all: readonly MslKernel[] = [
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
];

export const metalKernels: ReadonlyMap<string, MslKernel> = new Map(
  all.map((kernel) => [kernel.contract.name, kernel]),
);
