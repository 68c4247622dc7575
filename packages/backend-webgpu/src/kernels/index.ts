/** Every kernel of this backend, by name. */

import type { WgslKernel } from '../kernel.js';
import { binary, binaryScalar, cast, gated, select, unary } from './elementwise.js';
import { stridedCopy } from './layout.js';
import { matmul } from './matmul.js';
import { rmsNorm } from './norm.js';
import { reduce, softmax } from './reduce.js';

const all: readonly WgslKernel[] = [
  unary,
  binary,
  binaryScalar,
  select,
  cast,
  gated,
  reduce,
  softmax,
  rmsNorm,
  matmul,
  stridedCopy,
];

export const webGpuKernels: ReadonlyMap<string, WgslKernel> = new Map(
  all.map((kernel) => [kernel.contract.name, kernel]),
);
