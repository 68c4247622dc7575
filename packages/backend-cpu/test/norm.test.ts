import { describe, expect, test } from 'vitest';
import { batchNorm, globalResponseNorm, groupNorm, layerNorm, rmsNorm } from '../src/kernels/norm.js';
import { softmax } from '../src/kernels/reduce.js';
import { execute, output, ramp, roundToFloat16 } from './execute.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('softmax', () => {
  const run = (x: Float32Array, outer: number, count: number, inner: number, log = false) => {
    const bindings = { x, out: new Float32Array(x.length) };
    return output(softmax, { bindings, params: { outer, count, inner }, constants: { log } });
  };

  test('of a row, large numbers too', () => {
    const [a, b, c] = [0.09003057317038046, 0.24472847105479764, 0.6652409557748219].map(Math.fround);
    expect(run(Float32Array.of(1, 2, 3), 1, 3, 1)).toEqual([a, b, c]);
    expect(run(Float32Array.of(1001, 1002, 1003), 1, 3, 1)).toEqual([a, b, c]);
    expect(run(Float32Array.of(1, 2, 3), 1, 3, 1, true)).toEqual(
      [a, b, c].map((p) => expect.closeTo(Math.log(p), 6)),
    );
  });

  test('-Inf takes no part, a line of nothing else is NaN, NaN spoils its line only', () => {
    expect(run(Float32Array.of(-inf, 0, 0, -inf, -inf, -inf, nan, 1, 2), 3, 3, 1)).toEqual([
      ...[0, 0.5, 0.5],
      ...[nan, nan, nan],
      ...[nan, nan, nan],
    ]);
    expect(run(Float32Array.of(-inf, 0), 1, 2, 1, true)).toEqual([-inf, 0]);
    expect(run(Float32Array.of(inf, 0), 1, 2, 1)).toEqual([nan, nan]);
  });

  test('along a middle axis', () => {
    expect(run(Float32Array.of(0, 5, 0, 5, 1, 1, 1, 1), 2, 2, 2)).toEqual(Array(8).fill(0.5));
  });

  test('of one and of none', () => {
    expect(run(Float32Array.of(4), 1, 1, 1)).toEqual([1]);
    expect(run(new Float32Array(0), 0, 3, 1)).toEqual([]);
  });

  test('the logarithm keeps its digits where the inputs are large', () => {
    expect(run(Float32Array.of(2 ** 40, 2 ** 40), 1, 2, 1, true)).toEqual(
      Array(2).fill(Math.fround(-Math.LN2)),
    );
  });
});

describe('layer_norm', () => {
  test('with and without weight and bias', () => {
    const params = { rows: 2, width: 4, eps: 0 };
    const x = Float32Array.of(1, 1, 3, 3, -5, -5, -5, 7);
    const out = new Float32Array(8);
    const third = Math.fround(-2 / Math.sqrt(12));
    const plain = [-1, -1, 1, 1, third, third, third, Math.fround(Math.sqrt(3))];
    expect(output(layerNorm, { bindings: { x, out }, params })).toEqual(
      plain.map((v) => expect.closeTo(v, 6)),
    );
    const weight = Float32Array.of(1, 2, 3, 4);
    const bias = Float32Array.of(10, 20, 30, 40);
    const got = output(layerNorm, { bindings: { x, weight, bias, out }, params });
    expect(got.slice(0, 4)).toEqual([9, 18, 33, 44]);
  });

  test('eps keeps a constant row finite; a large mean costs no digits', () => {
    const x = Float32Array.of(2, 2, 2, 1e7, 1e7 + 1, 1e7 + 3);
    const setup = { bindings: { x, out: new Float32Array(6) }, params: { rows: 2, width: 3, eps: 1e-5 } };
    const deviation = Math.sqrt(14) / 3;
    expect(output(layerNorm, setup)).toEqual(
      [0, 0, 0, -4 / 3 / deviation, -1 / 3 / deviation, 5 / 3 / deviation].map((v) => expect.closeTo(v, 4)),
    );
  });

  test('float16 with float32 weights; no rows', () => {
    const x = ramp(9);
    const setup = {
      bindings: { x, weight: ramp(9), out: new Float32Array(9) },
      params: { rows: 1, width: 9, eps: 1e-5 },
    };
    const half = output(layerNorm, { ...setup, dtypes: { x: 'float16', out: 'float16' } });
    const wide = execute(layerNorm, { ...setup, bindings: { ...setup.bindings, x: roundToFloat16(x) } }).out;
    expect(half).toEqual(Array.from(roundToFloat16(wide)));
    const none = { x: new Float32Array(0), out: new Float32Array(0) };
    expect(output(layerNorm, { bindings: none, params: { rows: 0, width: 4, eps: 1 } })).toEqual([]);
  });
});

describe('rms_norm', () => {
  test('with and without weight', () => {
    const params = { rows: 2, width: 2, eps: 0 };
    const bindings = { x: Float32Array.of(1, 7, 3, -3), out: new Float32Array(4) };
    expect(output(rmsNorm, { bindings, params })).toEqual([Math.fround(0.2), Math.fround(1.4), 1, -1]);
    const weight = Float32Array.of(5, 10);
    expect(output(rmsNorm, { bindings: { ...bindings, weight }, params })).toEqual([1, 14, 5, -10]);
  });

  test('eps', () => {
    const bindings = { x: Float32Array.of(0, 0, 0), out: new Float32Array(3) };
    expect(output(rmsNorm, { bindings, params: { rows: 1, width: 3, eps: 1e-6 } })).toEqual([0, 0, 0]);
  });
});

describe('group_norm', () => {
  test('is layer_norm of each group, with weights per channel', () => {
    const [batch, channels, spatial, groups] = [2, 6, 5, 3];
    const x = ramp(batch * channels * spatial);
    const weight = ramp(channels, 2);
    const bias = ramp(channels, 3);
    const out = new Float32Array(x.length);
    const params = { batch, channels, spatial, groups, eps: 1e-5 };
    const width = (channels / groups) * spatial;
    const plain = output(layerNorm, {
      bindings: { x, out },
      params: { rows: batch * groups, width, eps: 1e-5 },
    });
    expect(output(groupNorm, { bindings: { x, out }, params })).toEqual(
      plain.map((v) => expect.closeTo(v, 6)),
    );
    const channel = (i: number) => Math.floor(i / spatial) % channels;
    expect(output(groupNorm, { bindings: { x, weight, bias, out }, params })).toEqual(
      plain.map((v, i) => expect.closeTo(v * weight[channel(i)] + bias[channel(i)], 5)),
    );
  });

  test('of one element each', () => {
    const bindings = { x: Float32Array.of(3, 4), out: new Float32Array(2) };
    const params = { batch: 1, channels: 2, spatial: 1, groups: 2, eps: 1e-5 };
    expect(output(groupNorm, { bindings, params })).toEqual([0, 0]);
  });
});

describe('batch_norm', () => {
  test('uses the channel of each element', () => {
    const bindings = {
      x: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), // [2, 2, 2]
      mean: Float32Array.of(1, 3),
      variance: Float32Array.of(4, 0.25),
      out: new Float32Array(8),
    };
    const params = { batch: 2, channels: 2, spatial: 2, eps: 0 };
    expect(output(batchNorm, { bindings, params })).toEqual([0, 0.5, 0, 2, 2, 2.5, 8, 10]);
    const scaled = { ...bindings, weight: Float32Array.of(2, 1), bias: Float32Array.of(0, -1) };
    expect(output(batchNorm, { bindings: scaled, params })).toEqual([0, 1, -1, 1, 4, 5, 7, 9]);
  });
});

describe('global_response_norm', () => {
  test('divides the norm of a channel by the mean norm', () => {
    const bindings = {
      x: Float32Array.of(3, 0, 4, 0, 1, 2, 0, 0), // [2, 2, 2]: norms (5, 0) and (1, 2)
      gamma: Float32Array.of(1, 10),
      beta: Float32Array.of(0, 100),
      out: new Float32Array(8),
    };
    const want = [3 * 2 + 3, 100, 4 * 2 + 4, 100, 2 / 3 + 1, 10 * 2 * (4 / 3) + 102, 0, 100];
    const params = { batch: 2, spatial: 2, channels: 2 };
    expect(output(globalResponseNorm, { bindings, params })).toEqual(want.map((v) => expect.closeTo(v, 4)));
  });

  test('of zeros stays finite', () => {
    const bindings = {
      x: new Float32Array(3),
      gamma: ramp(3),
      beta: Float32Array.of(1, 2, 3),
      out: new Float32Array(3),
    };
    expect(output(globalResponseNorm, { bindings, params: { batch: 1, spatial: 1, channels: 3 } })).toEqual([
      1, 2, 3,
    ]);
  });
});
