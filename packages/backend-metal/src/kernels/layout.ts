/** Kernels that move elements where shapes and strides say. */

import { DTYPES, kernels, PAD_MODES } from '@wick/core';
import { choice, dtypeOf, mslKernel, sameDtype } from '../kernel.js';
import { rankOf, specializedRank } from '../msl/strided.js';
import { CONCATS, MOVE, moved } from './moves.js';

/** The function constant that says how many axes there are. */
export function rankConstant(specialization: string) {
  return { index: MOVE.rank.index, type: MOVE.rank.type, value: specializedRank(specialization) } as const;
}

export const stridedCopy = mslKernel(kernels.stridedCopy, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader: (variant) => moved(dtypeOf(variant, 'out'), 'strided_copy', [rankConstant(variant.specialization)]),
});

export const pad = mslKernel(kernels.pad, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(Math.max(rankOf(params.shape), rankOf(params.inShape))),
  shader(variant) {
    const dtype = dtypeOf(variant, 'out');
    const mode = PAD_MODES.indexOf(choice(variant, 'mode', PAD_MODES));
    return moved(dtype, 'pad', [
      rankConstant(variant.specialization),
      { index: MOVE.mode.index, type: MOVE.mode.type, value: mode },
      { index: MOVE.dtype.index, type: MOVE.dtype.type, value: DTYPES.indexOf(dtype) },
    ]);
  },
});

export const concat = mslKernel(kernels.concat, {
  refuse: sameDtype('a', 'b', 'c', 'd', 'out'),
  shader(variant) {
    const given = Object.entries(CONCATS).find(([, inputs]) =>
      ['c', 'd'].every((name) => (variant.dtypes[name] !== undefined) === inputs.includes(name)),
    );
    return moved(dtypeOf(variant, 'out'), `concat${given?.[0] ?? ''}`);
  },
});

export const select = mslKernel(kernels.select, {
  refuse: sameDtype('a', 'b', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader: (variant) => moved(dtypeOf(variant, 'out'), 'select_by', [rankConstant(variant.specialization)]),
});
