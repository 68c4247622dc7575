/** Attention: many queries share blocks or tiles of keys, few queries have a workgroup each. */

import { kernels } from '@wick/core';
import { fixedParam, wgslKernel } from '../../kernel.js';
import { blocked } from './blocked.js';
import { few } from './few.js';
import { usesHeadMatrices, withMatrices } from './matrices.js';
import { headsOf, specializationOf, vectorsOf } from './parts.js';
import { tiled } from './tiled.js';

/** With fewer queries than this, tiles would leave most invocations without one. */
const FEW = 16;
/** With fewer, a block of queries would be mostly empty. */
const MANY = 64;

export const attention = wgslKernel(kernels.attention, {
  specialize({ params }) {
    const { size, valueSize, qStrides, kStrides, vStrides, outStrides, queryLength } = params;
    const steps = [size, valueSize];
    for (const strides of [qStrides, kStrides, vStrides, outStrides]) steps.push(...strides.slice(0, 3));
    const queries = fixedParam(queryLength);
    return specializationOf({
      form:
        queries === undefined || (queries > FEW && queries < MANY)
          ? 'tiled'
          : queries <= FEW
            ? 'few'
            : 'blocked',
      vectors: vectorsOf(fixedParam(size)),
      valueVectors: vectorsOf(fixedParam(valueSize)),
      aligned: steps.every((step) => typeof step === 'number' && step % 4 === 0),
    });
  },
  shader(variant) {
    const { form } = headsOf(variant);
    if (form === 'few') return few(variant);
    if (form === 'blocked' && usesHeadMatrices(variant)) return withMatrices(variant);
    return (form === 'blocked' ? blocked(variant) : undefined) ?? tiled(variant);
  },
});
