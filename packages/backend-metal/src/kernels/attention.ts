/**
 * Attention that never holds the scores of more than a tile of keys. With few queries a threadgroup takes one
 * query, and its SIMD groups share the keys; with many, a threadgroup takes 32 queries and multiplies
 * matrices of 8 x 8.
 */

import { kernels } from '@wick/core';
import { fixedParam, flag, type MslShader, mslKernel, type Variant } from '../kernel.js';
import { cached, constantsText, moduleText } from '../msl/module.js';
import { STORED } from '../msl/types.js';
import { fewText } from './attention-few.js';
import { ATTENTION, type AttentionTypes, attentionFunctions } from './attention-parts.js';
import { QUERIES, TILED_THREADS, tiledText } from './attention-tiled.js';

/** With at most this many queries, tiles would be mostly empty. */
const FEW = 8;
/** Largest head, in matrices of eight columns, whose query and output fit into the registers of a SIMD group. */
const MOST_MATRICES = 16;

/** The key is the MSL types of q, k, v, mask and out, and the number of matrices of a head, 0 for few queries. */
const source = cached((key: string) => {
  const [q, k, v, mask, out, matrices] = key.split('/');
  const types: AttentionTypes = { q, k, v, mask: mask === '' ? undefined : mask, out };
  return moduleText(
    constantsText(Object.values(ATTENTION)),
    attentionFunctions(types),
    matrices === '0' ? fewText(types) : tiledText(types, Number(matrices)),
  );
});

function sourceOf({ dtypes }: Variant, matrices: number): string {
  const types = ['q', 'k', 'v', 'mask', 'out'].map((name) => {
    const dtype = dtypes[name];
    return dtype === undefined ? '' : STORED[dtype];
  });
  return source([...types, matrices].join('/'));
}

export const attention = mslKernel(kernels.attention, {
  /** Elements of the longer of key and value, or `few/` and as many. */
  specialize({ params }) {
    const [size, valueSize, queries] = [params.size, params.valueSize, params.queryLength].map(fixedParam);
    const longest = size === undefined || valueSize === undefined ? 256 : Math.max(size, valueSize);
    const few = (queries !== undefined && queries <= FEW) || longest > 8 * MOST_MATRICES;
    return `${few ? 'few' : 'tiled'}/${Math.ceil(longest / 8)}`;
  },
  shader(variant): MslShader {
    const [form, matrices] = variant.specialization.split('/');
    const causal = {
      index: ATTENTION.causal.index,
      type: ATTENTION.causal.type,
      value: flag(variant, 'causal'),
    };
    const own = {
      index: ATTENTION.own.index,
      type: ATTENTION.own.type,
      value: Math.ceil(Number(matrices) / 4),
    };
    if (form === 'few' || !variant.features.simdgroupMatrix) {
      return {
        source: sourceOf(variant, 0),
        entry: 'attention_few',
        constants: [causal, own],
        threads: 256,
        tile: [1, 1, 1],
      };
    }
    return {
      source: sourceOf(variant, Number(matrices)),
      entry: 'attention_tiled',
      constants: [causal],
      threads: TILED_THREADS,
      tile: [QUERIES, 1, 1],
    };
  },
});
