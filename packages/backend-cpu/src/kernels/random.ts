/** Random numbers from a counter. */

import { kernels, normalFromBits, philox4x32, RANDOM_KINDS, type RandomKind } from '@wick/core';
import { choice, cpuKernel, ints, numbers } from '../kernel.js';

const FROM_WORD: Readonly<Record<RandomKind, (word: number, table: Int32Array) => number>> = {
  bits: (word) => word,
  uniform: (word) => (word >>> 8) * 2 ** -24,
  normal: normalFromBits,
};

/** Units: output elements. */
export const random = cpuKernel(kernels.random, {
  refuse({ constants, dtypes }) {
    const kind = choice({ constants }, 'kind', RANDOM_KINDS);
    const wanted = kind === 'bits' ? 'uint32' : 'float32';
    if (dtypes.out !== wanted) return `${kind} writes ${wanted}, not ${dtypes.out}`;
    return kind === 'normal' && dtypes.table === undefined ? 'normal needs its table' : undefined;
  },
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const out = numbers(call, 'out');
    const { seedLow, seedHigh, offset } = call.params;
    const kind = choice(call, 'kind', RANDOM_KINDS);
    const table = kind === 'normal' ? ints(call, 'table') : new Int32Array(0);
    const fromWord = FROM_WORD[kind];
    const key = [seedLow, seedHigh];
    const counter = new Uint32Array(4);
    const block = new Uint32Array(4);
    for (let i = begin; i < end; i++) {
      if (i === begin || i % 4 === 0) {
        counter[0] = offset + Math.floor(i / 4); // modulo 2^32
        philox4x32(counter, key, block);
      }
      out[i] = fromWord(block[i % 4], table);
    }
  },
});
