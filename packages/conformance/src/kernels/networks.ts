/** Kernels of transformer networks, and random numbers. */

import { type DType, kernels, NORMAL_TABLE, RANDOM_KINDS, ROPE_STYLES } from '@wick/core';
import { type KernelSpec, type Operand, spec } from './spec.js';
import { blank, FLOATS, given, ordinary } from './values.js';

function ropes(dtype: DType): KernelSpec[] {
  return ROPE_STYLES.flatMap((style) =>
    [
      { rotary: 8, size: 8 },
      { rotary: 4, size: 7 },
    ].map(({ rotary, size }) => {
      const elements = 2 * 2 * 3 * size;
      return spec(kernels.rope, {
        title: `${style}, ${rotary} of ${size}`,
        dtype,
        operands: {
          x: ordinary(dtype, elements),
          positions: given('int32', 0, 5, 1000),
          frequencies: ordinaryFrequencies(rotary / 2),
          out: blank(dtype, elements),
        },
        // [batch, length, heads, size]
        params: {
          batch: 2,
          heads: 2,
          length: 3,
          size,
          rotary,
          strides: [6 * size, size, 2 * size, 1],
        },
        constants: { style },
        grid: [2 * size, 3, 2],
      });
    }),
  );
}

/** At position 1000 an angle is still small enough for float32 hardware. */
function ordinaryFrequencies(count: number): Operand {
  return { dtype: 'float32', values: Array.from({ length: count }, (_, i) => 0.01 / 4 ** i) };
}

interface AttentionParts {
  readonly title: string;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queryLength: number;
  readonly keyLength: number;
  readonly size: number;
  readonly valueSize?: number;
  readonly causal?: boolean;
  readonly mask?: Operand;
  readonly maskStrides?: readonly number[];
}

/** All of [batch, heads, length, size] without gaps, two samples. */
function attention(dtype: DType, parts: AttentionParts): KernelSpec {
  const { title, heads, keyHeads, queryLength, keyLength, size, causal = false, mask } = parts;
  const { valueSize = size, maskStrides = [0, 0, keyLength, 1] } = parts;
  const strides = (h: number, length: number, width: number) => [
    h * length * width,
    length * width,
    width,
    1,
  ];
  return spec(kernels.attention, {
    title,
    dtype,
    operands: {
      q: ordinary(dtype, 2 * heads * queryLength * size),
      k: ordinary(dtype, 2 * keyHeads * keyLength * size, 1),
      v: ordinary(dtype, 2 * keyHeads * keyLength * valueSize, 2),
      mask,
      out: blank(dtype, 2 * heads * queryLength * valueSize),
    },
    params: {
      batch: 2,
      heads,
      keyHeads,
      queryLength,
      keyLength,
      size,
      valueSize,
      causalOffset: keyLength - queryLength,
      scale: 1 / Math.sqrt(size),
      qStrides: strides(heads, queryLength, size),
      kStrides: strides(keyHeads, keyLength, size),
      vStrides: strides(keyHeads, keyLength, valueSize),
      outStrides: strides(heads, queryLength, valueSize),
      maskStrides: mask === undefined ? [] : maskStrides,
    },
    constants: { causal },
    grid: [queryLength, heads, 2],
  });
}

function attentions(dtype: DType): KernelSpec[] {
  const small = { heads: 2, keyHeads: 2, queryLength: 3, keyLength: 5, size: 7 };
  const seen = ordinary('bool', 15, 1);
  const nothing = given('bool', 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
  return [
    attention(dtype, { ...small, title: 'every key' }),
    attention(dtype, { ...small, title: 'causal, with keys before the first query', causal: true }),
    attention(dtype, { ...small, title: 'grouped queries, wide values', heads: 6, valueSize: 9 }),
    attention(dtype, { ...small, title: 'a mask of bool', mask: seen }),
    attention(dtype, { ...small, title: 'a mask that is added', mask: ordinary(dtype, 15, 3) }),
    attention(dtype, { ...small, title: 'a query that sees no key', mask: nothing }),
    attention(dtype, {
      ...small,
      title: 'one query, many keys',
      queryLength: 1,
      keyLength: 131,
      causal: true,
    }),
    attention(dtype, { ...small, title: 'the largest head', keyLength: 3, size: 256 }),
    // Kernels take keys in blocks of at most 128, and carry maxima and sums from one to the next.
    attention(dtype, {
      heads: 1,
      keyHeads: 1,
      queryLength: 70,
      keyLength: 150,
      size: 16,
      title: 'more queries and keys than a block',
    }),
  ];
}

function timesteps(dtype: DType): KernelSpec[] {
  return [false, true].map((flip) =>
    spec(kernels.timestepEmbedding, {
      title: flip ? 'cosines first' : 'sines first',
      dtype,
      operands: { t: given(dtype, 0, 1, 17.5, 999), out: blank(dtype, 4 * 10) },
      params: { count: 4, size: 10, shift: flip ? 0 : 1 },
      constants: { flip },
      grid: [5, 4, 1],
    }),
  );
}

function randoms(): KernelSpec[] {
  return RANDOM_KINDS.flatMap((kind) => {
    const dtype = kind === 'bits' ? 'uint32' : 'float32';
    const table = kind === 'normal' ? { dtype: 'int32' as const, values: NORMAL_TABLE } : undefined;
    return [
      { title: `${kind}, an odd number`, size: 1027, offset: 0 },
      { title: `${kind}, the counter wraps`, size: 33, offset: 0xfffffffd },
    ].map(({ title, size, offset }) =>
      spec(kernels.random, {
        title,
        dtype,
        operands: { table, out: blank(dtype, size) },
        params: { size, seedLow: 0x12345678, seedHigh: 0x9abcdef0, offset },
        constants: { kind },
        grid: [size, 1, 1],
      }),
    );
  });
}

export function networkSpecs(): KernelSpec[] {
  return [
    ...FLOATS.flatMap((dtype) => [...ropes(dtype), ...attentions(dtype), ...timesteps(dtype)]),
    ...randoms(),
  ];
}
