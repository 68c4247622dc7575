/** Attention: many queries share blocks or tiles of keys, few queries have a workgroup each. */

import { kernels } from '@wick/core';
import { fixedParam, wgslKernel } from '../../kernel.js';
import { blocked } from './blocked.js';
import { few } from './few.js';
import { usesHeadMatrices, withMatrices } from './matrices.js';
import { type Heads, headsOf, specializationOf, vectorsOf } from './parts.js';
import { tiled } from './tiled.js';

/** Up to as many queries, tiles would leave most invocations without one. */
const FEW = 16;
/**
 * With as few keys, most invocations that share the keys of one query would have none: then tiles take less
 * from more than `FEWEST` queries on, on a software adapter a hundredth for 16 queries and 16 keys.
 */
const FEW_KEYS = 256;
const FEWEST = 4;
/** With fewer, a block of queries would be mostly empty. */
const MANY = 64;

/** Undefined: a replay says how many. */
function formOf(queries: number | undefined, keys: number | undefined): Heads['form'] {
  if (queries === undefined) return 'tiled';
  if (queries >= MANY) return 'blocked';
  const few = keys !== undefined && keys <= FEW_KEYS ? FEWEST : FEW;
  return queries <= few ? 'few' : 'tiled';
}

export const attention = wgslKernel(kernels.attention, {
  specialize({ params }) {
    const { size, valueSize, qStrides, kStrides, vStrides, outStrides, queryLength, keyLength } = params;
    const steps = [size, valueSize];
    for (const strides of [qStrides, kStrides, vStrides, outStrides]) steps.push(...strides.slice(0, 3));
    const queries = fixedParam(queryLength);
    return specializationOf({
      form: formOf(queries, fixedParam(keyLength)),
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
