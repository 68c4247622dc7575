import { type BindingArray, REDUCE_OPS, type ReduceOp } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { argReduce, cumsum, reduce } from '../src/kernels/reduce.js';
import { axes, output, ramp, refusal, strides } from './execute.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Each row of `count` elements reduced. */
function rows(op: ReduceOp, x: BindingArray, count: number, outputs = x.length / count): number[] {
  const out = empty(x, outputs);
  return output(reduce, {
    bindings: { x, out },
    params: { outputs, count },
    constants: { op, layout: 'rows' },
  });
}

/** An array of the same dtype. */
function empty(like: BindingArray, length: number): BindingArray {
  if (like instanceof Float32Array) return new Float32Array(length);
  return like instanceof Int32Array ? new Int32Array(length) : new Uint32Array(length);
}

describe('reduce', () => {
  test('floats', () => {
    const x = Float32Array.of(1, -2, 4, nan, 5, 6);
    expect(rows('sum', x, 3)).toEqual([3, nan]);
    expect(rows('mean', x, 3)).toEqual([1, nan]);
    expect(rows('prod', x, 3)).toEqual([-8, nan]);
    expect(rows('max', x, 3)).toEqual([4, nan]);
    expect(rows('min', x, 3)).toEqual([-2, nan]);
    expect(rows('max', Float32Array.of(1, nan, 2, inf, -inf, 0), 3)).toEqual([nan, inf]);
    expect(rows('sum', Float32Array.of(inf, -inf), 2)).toEqual([nan]);
  });

  test('adds in float64', () => {
    expect(rows('sum', Float32Array.of(2 ** 30, 1, 1, -(2 ** 30)), 4)).toEqual([2]);
  });

  test('int32 and uint32', () => {
    const x = Int32Array.of(-5, 3, 0x7fffffff, -1);
    expect(rows('sum', x, 2)).toEqual([-2, 0x7ffffffe]);
    expect(rows('max', x, 2)).toEqual([3, 0x7fffffff]);
    expect(rows('min', x, 2)).toEqual([-5, -1]);
    expect(rows('sum', Int32Array.of(0x7fffffff, 1, 1), 3)).toEqual([-0x7fffffff]);
    expect(rows('prod', Int32Array.of(0x10001, 0x10001, -1), 3)).toEqual([-0x20001]);
    const u = Uint32Array.of(0xffffffff, 2, 3);
    expect(rows('sum', u, 3)).toEqual([4]);
    expect(rows('prod', u, 3)).toEqual([0xfffffffa]);
    expect(rows('max', u, 3)).toEqual([0xffffffff]);
    expect(rows('min', u, 3)).toEqual([2]);
  });

  test('integers wrap exactly however many they are', () => {
    const count = 2 ** 22 + 1; // the sum would need 54 bits
    const bindings = { x: Uint32Array.of(0xffffffff), out: new Uint32Array(1) };
    const params = { outputs: 1, count, keptShape: axes(1), reducedShape: axes(count) };
    const constants = { op: 'sum', layout: 'strided' };
    expect(output(reduce, { bindings, params, constants })).toEqual([2 ** 32 - count]);
  });

  test('of nothing', () => {
    const expected: Record<ReduceOp, number> = { sum: 0, mean: nan, max: -inf, min: inf, prod: 1 };
    for (const op of REDUCE_OPS)
      expect(rows(op, new Float32Array(0), 0, 2), op).toEqual(Array(2).fill(expected[op]));
    expect(rows('max', new Int32Array(0), 0, 1)).toEqual([-0x80000000]);
    expect(rows('min', new Uint32Array(0), 0, 1)).toEqual([0xffffffff]);
    expect(rows('sum', new Float32Array(0), 3, 0)).toEqual([]);
  });

  test('of one', () => {
    for (const op of REDUCE_OPS) expect(rows(op, Float32Array.of(-3), 1), op).toEqual([-3]);
  });

  test.each(REDUCE_OPS)('%s of axes 0 and 2 of [2, 3, 5]', (op) => {
    const x = ramp(30);
    const setup = {
      bindings: { x, out: new Float32Array(3) },
      params: {
        outputs: 3,
        count: 10,
        keptShape: axes(3),
        keptStrides: strides(5),
        reducedShape: axes(2, 5),
        reducedStrides: strides(15, 1),
      },
      constants: { op, layout: 'strided' },
    };
    const transposed = Float32Array.from({ length: 30 }, (_, i) => {
      const [kept, first, last] = [Math.floor(i / 10), Math.floor(i / 5) % 2, i % 5];
      return x[first * 15 + kept * 5 + last];
    });
    expect(output(reduce, setup)).toEqual(rows(op, transposed, 10));
  });

  test('refuses a mean of integers and another dtype out', () => {
    expect(refusal(reduce, { op: 'mean', layout: 'rows' }, { x: 'int32', out: 'int32' })).toBeDefined();
    expect(refusal(reduce, { op: 'sum', layout: 'rows' }, { x: 'int32', out: 'uint32' })).toBeDefined();
    expect(refusal(reduce, { op: 'mean', layout: 'rows' }, { x: 'float16', out: 'float16' })).toBeUndefined();
  });
});

describe('arg_reduce', () => {
  const arg = (op: string, x: BindingArray, outer: number, count: number, inner: number) => {
    const bindings = { x, out: new Int32Array(outer * inner) };
    return output(argReduce, { bindings, params: { outer, count, inner }, constants: { op } });
  };

  test('the first of equals, the first NaN', () => {
    expect(arg('argmax', Float32Array.of(1, 3, 3, 2, 2, 2), 2, 3, 1)).toEqual([1, 0]);
    expect(arg('argmin', Float32Array.of(3, 1, 1, -0, 0, 0), 2, 3, 1)).toEqual([1, 0]);
    expect(arg('argmax', Float32Array.of(1, nan, inf, nan), 1, 4, 1)).toEqual([1]);
    expect(arg('argmin', Float32Array.of(nan, 1, -inf), 1, 3, 1)).toEqual([0]);
    expect(arg('argmax', Float32Array.of(-inf, -inf), 1, 2, 1)).toEqual([0]);
  });

  test('along a middle axis, of integers', () => {
    const x = Int32Array.of(1, 9, 5, 2, 3, 4, -1, -9, -5, -2, -3, -4); // [2, 3, 2]
    expect(arg('argmax', x, 2, 3, 2)).toEqual([1, 0, 0, 1]);
    expect(arg('argmin', x, 2, 3, 2)).toEqual([0, 1, 1, 0]);
    expect(arg('argmax', Uint32Array.of(1, 0xffffffff), 1, 2, 1)).toEqual([1]);
  });

  test('of one and of none', () => {
    expect(arg('argmax', Float32Array.of(7), 1, 1, 1)).toEqual([0]);
    expect(arg('argmax', new Float32Array(0), 0, 3, 1)).toEqual([]);
  });
});

describe('cumsum', () => {
  const run = (x: BindingArray, outer: number, count: number, inner: number) =>
    output(cumsum, { bindings: { x, out: empty(x, x.length) }, params: { outer, count, inner } });

  test('along the last and a middle axis', () => {
    expect(run(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3, 1)).toEqual([1, 3, 6, 4, 9, 15]);
    expect(run(Float32Array.of(1, 2, 3, 4, 5, 6), 1, 3, 2)).toEqual([1, 2, 4, 6, 9, 12]);
  });

  test('adds in float64, NaN stays', () => {
    expect(run(Float32Array.of(2 ** 30, 1, 1, -(2 ** 30)), 1, 4, 1)).toEqual([2 ** 30, 2 ** 30, 2 ** 30, 2]);
    expect(run(Float32Array.of(1, nan, 1), 1, 3, 1)).toEqual([1, nan, nan]);
  });

  test('integers wrap', () => {
    expect(run(Int32Array.of(0x7fffffff, 1), 1, 2, 1)).toEqual([0x7fffffff, -0x80000000]);
    expect(run(Uint32Array.of(0xffffffff, 2), 1, 2, 1)).toEqual([0xffffffff, 1]);
  });

  test('of none', () => {
    expect(run(new Float32Array(0), 3, 0, 2)).toEqual([]);
  });
});
