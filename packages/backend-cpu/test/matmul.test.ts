import { describe, expect, test } from 'vitest';
import { matmul } from '../src/kernels/matmul.js';
import { execute, output, ramp, roundToFloat16 } from './execute.js';
import { expectNear } from './near.js';

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

const plain = { transposeA: false, transposeB: false };
const one = { batch: 1, batchShape: [1, 1, 1, 1], aBatchStrides: [0, 0, 0, 0], bBatchStrides: [0, 0, 0, 0] };

/** Sum by sum, from the definition. */
function naive({ m, n, k }: Sizes, a: Float32Array, b: Float32Array, constants: typeof plain): number[] {
  const want: number[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) {
        sum +=
          a[constants.transposeA ? l * m + i : i * k + l] * b[constants.transposeB ? j * k + l : l * n + j];
      }
      want.push(sum);
    }
  }
  return want;
}

describe('matmul', () => {
  test('by hand', () => {
    const a = Float32Array.of(1, 2, 3, 4, 5, 6);
    const b = Float32Array.of(7, 8, 9, 10, 11, 12);
    const bindings = { a, b, out: new Float32Array(4) };
    const setup = { bindings, params: { m: 2, n: 2, k: 3, ...one }, constants: plain };
    expect(output(matmul, setup)).toEqual([58, 64, 139, 154]);
    const bias = Float32Array.of(100, -100);
    expect(output(matmul, { ...setup, bindings: { ...bindings, bias } })).toEqual([158, -36, 239, 54]);
  });

  // Full tiles, and what is left over in each direction.
  const sizes = [1, 3, 4, 5, 8].flatMap((m) => [1, 2, 4, 7].map((n) => ({ m, n, k: 5 })));
  const constants = [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ transposeA, transposeB })),
  );
  test.each(constants)('every size of tile, %o', (transposed) => {
    for (const size of sizes) {
      const a = ramp(size.m * size.k);
      const b = ramp(size.n * size.k, 0.7);
      const out = new Float32Array(size.m * size.n);
      const got = output(matmul, {
        bindings: { a, b, out },
        params: { ...size, ...one },
        constants: transposed,
      });
      expectNear(got, naive(size, a, b, transposed));
    }
  });

  test('zero rows, and sums of nothing', () => {
    const params = { m: 0, n: 4, k: 5, ...one };
    const none = new Float32Array(0);
    expect(
      output(matmul, { bindings: { a: none, b: ramp(20), out: none }, params, constants: plain }),
    ).toEqual([]);
    const bindings = { a: none, b: none, bias: Float32Array.of(5, 6), out: new Float32Array(4) };
    expect(output(matmul, { bindings, params: { ...params, m: 2, n: 2, k: 0 }, constants: plain })).toEqual([
      5, 6, 5, 6,
    ]);
  });

  test('batches that are broadcast both ways', () => {
    // a is [2, 1, 3, 2], b is [3, 2, 1], out is [2, 3, 3, 1].
    const a = ramp(12);
    const b = ramp(6);
    const params = {
      m: 3,
      n: 1,
      k: 2,
      batch: 6,
      batchShape: [1, 1, 2, 3],
      aBatchStrides: [0, 0, 6, 0],
      bBatchStrides: [0, 0, 0, 2],
    };
    const want: number[] = [];
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        want.push(
          ...naive({ m: 3, n: 1, k: 2 }, a.slice(6 * i, 6 * i + 6), b.slice(2 * j, 2 * j + 2), plain),
        );
      }
    }
    expectNear(
      output(matmul, { bindings: { a, b, out: new Float32Array(18) }, params, constants: plain }),
      want,
    );
  });

  test('sums in float64', () => {
    const k = 3000;
    const a = new Float32Array(k).fill(1);
    const b = new Float32Array(k).fill(0.125);
    b[0] = 2 ** 27;
    b[k - 1] = -(2 ** 27);
    const bindings = { a, b, out: new Float32Array(1) };
    const [sum] = output(matmul, { bindings, params: { m: 1, n: 1, k, ...one }, constants: plain });
    expect(sum).toBe((k - 2) * 0.125);
  });

  test('infinities and NaN go where they are multiplied', () => {
    const a = Float32Array.of(Number.POSITIVE_INFINITY, 1, Number.NaN, 1);
    const bindings = { a, b: Float32Array.of(1, 0, 1, 1), out: new Float32Array(4) };
    const { out } = execute(matmul, { bindings, params: { m: 2, n: 2, k: 2, ...one }, constants: plain });
    expect(Array.from(out)).toEqual([Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, Number.NaN]);
  });

  test('float16 in and out, rounded once', () => {
    const a = roundToFloat16(ramp(15));
    const b = roundToFloat16(ramp(10));
    const out = new Float32Array(6);
    const dtypes = { a: 'float16', b: 'float16', out: 'float16' } as const;
    const size = { m: 3, n: 2, k: 5 };
    const got = output(matmul, {
      bindings: { a, b, out },
      dtypes,
      params: { ...size, ...one },
      constants: plain,
    });
    expect(got).toEqual(Array.from(roundToFloat16(Float32Array.from(naive(size, a, b, plain)))));
  });
});
