/** Kernels that read or write where an index says: a read outside is clamped, a write outside is dropped. */

import { kernels } from '@wick/core';
import { dtypeOf, fixedParam, mslKernel, sameDtype } from '../kernel.js';
import { rankOf } from '../msl/strided.js';
import { rankConstant } from './layout.js';
import { moved } from './moves.js';
import { scanned } from './scans.js';

export const gather = mslKernel(kernels.gather, {
  refuse: sameDtype('x', 'out'),
  /** The axis is walked even where it is a leading one of length 1. */
  specialize: ({ params }) => String(Math.max(rankOf(params.shape), 8 - (fixedParam(params.axis) ?? 0))),
  shader: (variant) => moved(dtypeOf(variant, 'out'), 'gather', [rankConstant(variant.specialization)]),
});

export const gatherRows = mslKernel(kernels.gatherRows, {
  refuse: sameDtype('x', 'out'),
  shader: (variant) => moved(dtypeOf(variant, 'out'), 'gather_rows'),
});

export const writeRows = mslKernel(kernels.writeRows, {
  refuse: sameDtype('source', 'target'),
  shader: (variant) => moved(dtypeOf(variant, 'target'), 'write_rows'),
});

/** Every output looks along the axis for the sources that name it, in ascending order. */
export const scatterAdd = mslKernel(kernels.scatterAdd, {
  refuse: sameDtype('x', 'source', 'out'),
  shader: (variant) => scanned(dtypeOf(variant, 'out'), 'scatter_add'),
});
