import { describe, expect, test } from 'vitest';
import { pool2d, resizeBicubic, upsampleNearest } from '../src/kernels/resize.js';
import { output, ramp } from './execute.js';
import { expectNear } from './near.js';

const { NaN: nan, NEGATIVE_INFINITY: low } = Number;

describe('pool2d', () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const windows = {
    planes: 1,
    height: 3,
    width: 3,
    outHeight: 2,
    outWidth: 2,
    kernelHeight: 2,
    kernelWidth: 2,
    strideHeight: 2,
    strideWidth: 2,
    padTop: 1,
    padLeft: 1,
  };
  const run = (op: string, input: Float32Array, params: Partial<typeof windows> = {}) => {
    const all = { ...windows, ...params };
    const out = new Float32Array(all.planes * all.outHeight * all.outWidth);
    return output(pool2d, { bindings: { x: input, out }, params: all, constants: { op } });
  };

  test('padding is 0 in the mean and counts, -Inf in the maximum', () => {
    expect(run('avg', x)).toEqual([1 / 4, 5 / 4, 11 / 4, 28 / 4]);
    expect(run('max', x)).toEqual([1, 3, 7, 9]);
    expect(
      run(
        'max',
        x.map((value) => -value),
      ),
    ).toEqual([-1, -2, -4, -5]);
  });

  test('odd sizes, strides and planes', () => {
    const params = {
      planes: 2,
      height: 2,
      width: 5,
      outHeight: 1,
      outWidth: 2,
      kernelWidth: 3,
      padTop: 0,
      padLeft: 0,
    };
    const two = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12);
    expect(run('avg', two, params)).toEqual([4.5, 6.5, 0, 2]);
    expect(run('max', two, params)).toEqual([8, 10, 0, 12]);
    expect(run('max', new Float32Array(0), { planes: 0 })).toEqual([]);
  });

  test('NaN wins, and a window of padding has no maximum', () => {
    expect(run('max', Float32Array.of(nan, 1, 2, 3, 4, 5, 6, 7, nan))).toEqual([nan, 2, 6, nan]);
    const beyond = { height: 1, width: 1, padTop: 2, padLeft: 2 };
    expect(run('max', Float32Array.of(7), beyond)).toEqual([low, low, low, 7]);
    expect(run('avg', Float32Array.of(7), beyond)).toEqual([0, 0, 0, 7 / 4]);
  });
});

describe('upsampleNearest', () => {
  const run = (x: Float32Array, height: number, width: number, outHeight: number, outWidth: number) => {
    const planes = x.length / (height * width);
    const bindings = { x, out: new Float32Array(planes * outHeight * outWidth) };
    return output(upsampleNearest, { bindings, params: { planes, height, width, outHeight, outWidth } });
  };

  test('repeats, in two planes', () => {
    expect(run(Float32Array.of(1, 2, 3, 4), 1, 2, 2, 4)).toEqual([
      1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4,
    ]);
  });

  test('rounds down where sizes are no multiples, also when it shrinks', () => {
    expect(run(Float32Array.of(1, 2, 3), 1, 3, 1, 7)).toEqual([1, 1, 1, 2, 2, 3, 3]);
    expect(run(Float32Array.of(1, 2, 3, 4, 5), 5, 1, 2, 1)).toEqual([1, 3]);
    expect(run(new Float32Array(0), 1, 1, 3, 3)).toEqual([]);
  });
});

describe('resizeBicubic', () => {
  const run = (x: Float32Array, height: number, width: number, outHeight: number, outWidth: number) => {
    const planes = x.length / (height * width);
    const bindings = { x, out: new Float32Array(planes * outHeight * outWidth) };
    return output(resizeBicubic, { bindings, params: { planes, height, width, outHeight, outWidth } });
  };

  test('the same size changes nothing', () => {
    const x = ramp(2 * 3 * 5);
    expectNear(run(x, 3, 5, 3, 5), x);
  });

  test('a constant stays one', () => {
    expectNear(run(new Float32Array(12).fill(3), 3, 4, 7, 2), new Array(14).fill(3));
    expectNear(run(Float32Array.of(3), 1, 1, 2, 3), new Array(6).fill(3));
  });

  test('by hand: four to seven', () => {
    // scale 1/2; output 2 has its centre at 1.25, taps 0, 1, 2 at distances -0.75, 0.25, 1.25 and tap 3 at 2.25.
    const w = (d: number) =>
      d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
    const weights = [w(0.75), w(0.25), w(1.25)];
    const total = weights[0] + weights[1] + weights[2];
    const got = run(Float32Array.of(1, 10, 100, 1000), 1, 4, 1, 7);
    expectNear([got[2]], [(weights[0] + 10 * weights[1] + 100 * weights[2]) / total], 100);
  });

  test('the same along both axes, and stretched where it shrinks', () => {
    const x = ramp(9);
    expectNear(run(x, 9, 1, 4, 1), run(x, 1, 9, 1, 4));
    // To one element: the scale is 0, so that the filter stands at the first ones.
    expectNear(run(Float32Array.of(4, 8, 16), 1, 3, 1, 1), [4 * 1.125 - 8 * 0.125], 16);
  });
});
