/** Every kernel of this backend, by name. */

import type { WgslKernel } from '../kernel.js';
import { attention } from './attention/index.js';
import { conv2d, convTranspose2d } from './conv/index.js';
import { binary, binaryScalar, cast, gated, select, unary } from './elementwise.js';
import { gather, gatherRows, scatterAdd, writeRows } from './indexing.js';
import { concat, pad, stridedCopy } from './layout.js';
import { matmul } from './matmul/index.js';
import { batchNorm, globalResponseNorm, groupNorm, layerNorm, rmsNorm } from './norm.js';
import { dequantize, quantizedEmbedding, quantizedMatmul } from './quantized.js';
import { random } from './random.js';
import { reduce, softmax } from './reduce.js';
import { pool2d, resizeBicubic, upsampleNearest } from './resize.js';
import { rope, timestepEmbedding } from './rotary.js';
import { argReduce, cumsum } from './scan.js';

const all: readonly WgslKernel[] = [
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

export const webGpuKernels: ReadonlyMap<string, WgslKernel> = new Map(
  all.map((kernel) => [kernel.contract.name, kernel]),
);
