import type { BindingArray } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { attention, rope, timestepEmbedding } from '../src/kernels/attention.js';
import { output, ramp, roundToFloat16 } from './execute.js';
import { expectNear } from './near.js';

const { NaN: nan, NEGATIVE_INFINITY: low } = Number;

describe('rope', () => {
  const quarter = Float32Array.of(Math.PI / 2, Math.PI / 2);
  const params = { batch: 1, heads: 1, length: 2, size: 5, rotary: 4, strides: [10, 10, 5, 0] };
  const x = Float32Array.of(1, 2, 3, 4, 5, 1, 2, 3, 4, 5);
  const run = (style: string) => {
    const bindings = { x, positions: Int32Array.of(0, 1), frequencies: quarter, out: new Float32Array(10) };
    return output(rope, { bindings, params, constants: { style } });
  };

  test('by hand, with an element that passes through', () => {
    expectNear(run('half'), [1, 2, 3, 4, 5, -3, -4, 1, 2, 5]);
    expectNear(run('interleaved'), [1, 2, 3, 4, 5, -2, 1, -4, 3, 5]);
  });

  test('strides of [batch, length, heads, size], and far positions', () => {
    const [batch, length, heads, size] = [2, 3, 2, 4];
    const many = ramp(batch * length * heads * size);
    const positions = Int32Array.of(7, 100000, -3);
    const frequencies = Float32Array.of(1, 0.01);
    const want = Array.from(many, (_, at) => {
      const j = at % size;
      const i = j % 2;
      const angle = positions[Math.floor(at / (size * heads)) % length] * frequencies[i];
      const [a, b] = [many[at - j + i], many[at - j + i + 2]];
      return j < 2 ? a * Math.cos(angle) - b * Math.sin(angle) : a * Math.sin(angle) + b * Math.cos(angle);
    });
    const strides = [length * heads * size, size, heads * size, 0];
    const bindings = { x: many, positions, frequencies, out: new Float32Array(many.length) };
    const got = output(rope, {
      bindings,
      params: { batch, heads, length, size, rotary: size, strides },
      constants: { style: 'half' },
    });
    expectNear(got, want);
  });
});

interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queryLength: number;
  readonly keyLength: number;
  readonly size: number;
  readonly valueSize: number;
  readonly causalOffset: number;
  readonly scale: number;
}

/** Strides of [batch, heads, length, size] without gaps. */
const packed = (heads: number, length: number, size: number) => [
  heads * length * size,
  length * size,
  size,
  0,
];

function strides({ heads, keyHeads, queryLength, keyLength, size, valueSize }: Shape) {
  return {
    qStrides: packed(heads, queryLength, size),
    kStrides: packed(keyHeads, keyLength, size),
    vStrides: packed(keyHeads, keyLength, valueSize),
    outStrides: packed(heads, queryLength, valueSize),
    maskStrides: [0, 0, 0, 0],
  };
}

type Strides = ReturnType<typeof strides>;

function inputs(s: Shape) {
  return {
    q: ramp(s.batch * s.heads * s.queryLength * s.size),
    k: ramp(s.batch * s.keyHeads * s.keyLength * s.size, 0.9),
    v: ramp(s.batch * s.keyHeads * s.keyLength * s.valueSize, 2),
    out: new Float32Array(s.batch * s.heads * s.queryLength * s.valueSize),
  };
}

/** The definition, with the whole score row and one key after the other. */
function naive(
  s: Shape,
  at: Strides,
  { q, k, v, out }: ReturnType<typeof inputs>,
  causal: boolean,
  mask?: BindingArray,
) {
  const want = Array.from(out);
  const place = (stride: readonly number[], ...index: number[]) =>
    index.reduce((sum, coordinate, axis) => sum + coordinate * stride[axis], 0);
  for (let b = 0; b < s.batch; b++) {
    for (let h = 0; h < s.heads; h++) {
      const kh = Math.floor((h * s.keyHeads) / s.heads);
      for (let i = 0; i < s.queryLength; i++) {
        const scores: number[] = [];
        for (let j = 0; j < s.keyLength; j++) {
          let score = 0;
          for (let c = 0; c < s.size; c++) {
            score += q[place(at.qStrides, b, h, i) + c] * k[place(at.kStrides, b, kh, j) + c];
          }
          const m = mask?.[place(at.maskStrides, b, h, i, j)] ?? 0;
          const hidden = (causal && j > i + s.causalOffset) || (mask instanceof Uint8Array && m === 0);
          scores.push(hidden ? low : score * s.scale + (mask instanceof Float32Array ? m : 0));
        }
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let c = 0; c < s.valueSize; c++) {
          const parts = weights.map((weight, j) => weight * v[place(at.vStrides, b, kh, j) + c]);
          want[place(at.outStrides, b, h, i) + c] = parts.reduce((sum, part) => sum + part, 0) / total;
        }
      }
    }
  }
  return want;
}

describe('attention', () => {
  const shape: Shape = {
    batch: 2,
    heads: 4,
    keyHeads: 2,
    queryLength: 3,
    keyLength: 6,
    size: 5,
    valueSize: 7,
    causalOffset: 3,
    scale: 0.4,
  };
  const run = (
    s: Shape,
    at: Strides,
    bindings: ReturnType<typeof inputs>,
    causal: boolean,
    mask?: BindingArray,
    dtypes = {},
  ) =>
    output(attention, {
      bindings: { ...bindings, mask },
      dtypes,
      params: { ...s, ...at },
      constants: { causal },
    });

  test.each([
    [{}, false],
    [{}, true],
    [{ queryLength: 1, keyLength: 1, causalOffset: 0 }, true],
    [{ queryLength: 1, keyLength: 9, causalOffset: 8, valueSize: 4 }, true],
    [{ keyHeads: 4, size: 8, valueSize: 1 }, false],
    [{ keyHeads: 1, keyLength: 5, causalOffset: 0 }, true],
  ])('grouped heads and sizes: %o, causal %s', (change, causal) => {
    const s = { ...shape, ...change };
    const bindings = inputs(s);
    expectNear(run(s, strides(s), bindings, causal), naive(s, strides(s), bindings, causal));
  });

  test('by hand: equal scores give the mean', () => {
    const s = {
      ...shape,
      batch: 1,
      heads: 1,
      keyHeads: 1,
      queryLength: 2,
      keyLength: 2,
      size: 1,
      valueSize: 1,
      causalOffset: 0,
    };
    const bindings = {
      q: Float32Array.of(0, 0),
      k: Float32Array.of(5, 9),
      v: Float32Array.of(2, 4),
      out: new Float32Array(2),
    };
    expect(run(s, strides(s), bindings, false)).toEqual([3, 3]);
    expect(run(s, strides(s), bindings, true)).toEqual([2, 3]);
  });

  test('strides of [batch, length, heads, size] inside a longer cache', () => {
    const s = { ...shape, valueSize: 5 };
    const room = 10;
    const at = {
      ...strides(s),
      qStrides: [s.queryLength * s.heads * s.size, s.size, s.heads * s.size, 0],
      kStrides: packed(s.keyHeads, room, s.size),
      vStrides: packed(s.keyHeads, room, s.size),
      outStrides: [s.queryLength * s.heads * s.size, s.size, s.heads * s.size, 0],
    };
    const cache = (scale: number) => {
      const values = ramp(s.batch * s.keyHeads * room * s.size, scale);
      // Beyond keyLength nothing may be read.
      return values.map((value, i) => (Math.floor(i / s.size) % room < s.keyLength ? value : nan));
    };
    const bindings = { ...inputs(s), k: cache(0.9), v: cache(2) };
    expectNear(run(s, at, bindings, true), naive(s, at, bindings, true));
  });

  test('a mask of bool shared by the heads, one of floats shared by the batch', () => {
    const bindings = inputs(shape);
    const { batch, queryLength, keyLength } = shape;
    const seen = Uint8Array.from({ length: batch * queryLength * keyLength }, (_, i) =>
      i % 3 === 0 ? 0 : 1,
    );
    const shared = { ...strides(shape), maskStrides: [queryLength * keyLength, 0, keyLength, 1] };
    const got = run(shape, shared, bindings, false, seen, { mask: 'bool' });
    expectNear(got, naive(shape, shared, bindings, false, seen));

    const added = ramp(queryLength * keyLength).map((value, i) => (i % 4 === 1 ? low : value));
    const wide = { ...strides(shape), maskStrides: [0, 0, keyLength, 1] };
    expectNear(run(shape, wide, bindings, true, added), naive(shape, wide, bindings, true, added));
  });

  test('a query that sees no key gives NaN', () => {
    const s = { ...shape, batch: 1, heads: 1, keyHeads: 1, valueSize: 1, causalOffset: -2 };
    const bindings = inputs(s);
    const got = run(s, strides(s), bindings, true);
    expect(got).toEqual([nan, nan, expect.closeTo(bindings.v[0], 6)]);
    const hidden = { ...strides(s), maskStrides: [0, 0, 0, 1] };
    expect(run(s, hidden, bindings, false, new Uint8Array(6), { mask: 'bool' })).toEqual([nan, nan, nan]);
    expect(run({ ...s, keyLength: 0 }, strides(s), bindings, false)).toEqual([nan, nan, nan]);
  });

  test('large scores do not overflow, and no query is no work', () => {
    const s = { ...shape, scale: 1e4 };
    const bindings = inputs(s);
    expectNear(run(s, strides(s), bindings, false), naive(s, strides(s), bindings, false));
    const none = { ...shape, queryLength: 0 };
    expect(run(none, strides(none), inputs(none), false)).toEqual([]);
  });

  test('float16', () => {
    const dtypes = { q: 'float16', k: 'float16', v: 'float16', out: 'float16' } as const;
    const bindings = inputs(shape);
    const rounded = {
      q: roundToFloat16(bindings.q),
      k: roundToFloat16(bindings.k),
      v: roundToFloat16(bindings.v),
      out: bindings.out,
    };
    const want = naive(shape, strides(shape), rounded, false);
    expect(run(shape, strides(shape), bindings, false, undefined, dtypes)).toEqual(
      Array.from(roundToFloat16(Float32Array.from(want))),
    );
  });
});

describe('timestepEmbedding', () => {
  const run = (t: Float32Array, size: number, shift: number, flip: boolean) => {
    const bindings = { t, out: new Float32Array(t.length * size) };
    return output(timestepEmbedding, {
      bindings,
      params: { count: t.length, size, shift },
      constants: { flip },
    });
  };

  test('by hand', () => {
    // size 4: frequencies 1 and exp(-ln(10000) / 2) = 1 / 100; with a shift of 1 the second is 1 / 10000.
    const { sin, cos } = Math;
    expectNear(run(Float32Array.of(0, 3), 4, 0, false), [0, 0, 1, 1, sin(3), sin(0.03), cos(3), cos(0.03)]);
    expectNear(run(Float32Array.of(3), 4, 1, true), [cos(3), cos(0.0003), sin(3), sin(0.0003)]);
    expect(run(new Float32Array(0), 4, 0, false)).toEqual([]);
  });
});
