/** Kernels that move elements without computing. */

import { kernels } from '@wick/core';
import { sameDtype, wgslKernel } from '../kernel.js';
import { mapShader } from '../wgsl/map.js';
import { rankOf, specializedRank, stridedOffsets } from '../wgsl/strided.js';

export const stridedCopy = wgslKernel(kernels.stridedCopy, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader(variant) {
    const rank = specializedRank(variant.specialization);
    return mapShader(variant, {
      size: 'params.size',
      declarations: stridedOffsets({
        name: 'place',
        shape: 'shape',
        strides: ['strides'],
        rank,
        signed: true,
      }),
      value: 'x_at(params.offset + place(i))',
    });
  },
});
