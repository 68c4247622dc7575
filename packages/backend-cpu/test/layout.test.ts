import { type BindingArray, DTYPES, type DType } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { concat, pad, stridedCopy } from '../src/kernels/layout.js';
import { axes, output, ramp, refusal, strides } from './execute.js';

const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

function memory(dtype: DType, values: readonly number[]): BindingArray {
  if (dtype === 'float32' || dtype === 'float16') return Float32Array.from(values);
  if (dtype === 'int32') return Int32Array.from(values);
  return dtype === 'uint32' ? Uint32Array.from(values) : Uint8Array.from(values);
}

describe('strided_copy', () => {
  const copy = (x: BindingArray, shape: number[], steps: number[], offset = 0) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const params = { size, offset, shape: axes(...shape), strides: strides(...steps) };
    return output(stridedCopy, { bindings: { x, out: new Float32Array(size) }, params });
  };

  test('permutes, slices, flips, expands', () => {
    expect(copy(count(6), [3, 2], [1, 3])).toEqual([0, 3, 1, 4, 2, 5]);
    expect(copy(count(10), [2, 2], [5, 2], 1)).toEqual([1, 3, 6, 8]);
    expect(copy(count(4), [4], [-1], 3)).toEqual([3, 2, 1, 0]);
    expect(copy(count(2), [2, 3], [1, 0])).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('shuffles pixels: [1, 4, 2, 2] to [1, 1, 4, 4]', () => {
    // Axes of the output in memory: h, i, w, j; x[c * 4 + ...] with channel i * 2 + j.
    expect(copy(count(16), [2, 2, 2, 2], [2, 8, 1, 4])).toEqual([
      ...[0, 4, 1, 5],
      ...[8, 12, 9, 13],
      ...[2, 6, 3, 7],
      ...[10, 14, 11, 15],
    ]);
  });

  test('of one and of none', () => {
    expect(copy(count(1), [1], [1])).toEqual([0]);
    expect(copy(count(0), [0, 3], [3, 1])).toEqual([]);
    expect(copy(count(3), [], [], 2)).toEqual([2]);
  });

  test('keeps special values', () => {
    const x = Float32Array.of(Number.NaN, -0, -Infinity, 1e-45);
    expect(copy(x, [4], [1])).toEqual(Array.from(x));
  });

  test.each(DTYPES)('of %s', (dtype) => {
    const bindings = { x: memory(dtype, [1, 0, 1]), out: memory(dtype, [0, 0, 0]) };
    const params = { size: 3, offset: 2, shape: axes(3), strides: strides(-1) };
    expect(output(stridedCopy, { bindings, dtypes: { x: dtype, out: dtype }, params })).toEqual([1, 0, 1]);
    const other = dtype === 'int32' ? 'float32' : 'int32';
    expect(refusal(stridedCopy, {}, { x: dtype, out: other })).toBeDefined();
  });
});

describe('pad', () => {
  const run = (mode: string, inShape: number[], before: number[], shape: number[], value = 0) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const x = count(inShape.reduce((a, b) => a * b, 1)).map((v) => v + 1);
    const params = {
      size,
      value,
      shape: axes(...shape),
      inShape: axes(...inShape),
      before: strides(...before),
    };
    return output(pad, { bindings: { x, out: new Float32Array(size) }, params, constants: { mode } });
  };

  test('with a constant', () => {
    expect(run('constant', [2, 2], [1, 0], [4, 3], -1)).toEqual([-1, -1, -1, 1, 2, -1, 3, 4, -1, -1, -1, -1]);
    expect(run('constant', [2], [1], [4], Number.NaN)).toEqual([Number.NaN, 1, 2, Number.NaN]);
  });

  test('with the edge', () => {
    expect(run('replicate', [2, 2], [1, 1], [3, 4])).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test('with the mirror image', () => {
    expect(run('reflect', [4], [3], [10])).toEqual([4, 3, 2, 1, 2, 3, 4, 3, 2, 1]);
    expect(run('reflect', [2, 3], [1, 1], [3, 4])).toEqual([5, 4, 5, 6, 2, 1, 2, 3, 5, 4, 5, 6]);
  });

  test('by nothing, and from nothing', () => {
    expect(run('constant', [2, 3], [0, 0], [2, 3])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(run('constant', [0], [1], [2], 5)).toEqual([5, 5]);
    expect(run('reflect', [0, 3], [0, 1], [0, 5])).toEqual([]);
  });

  test.each(DTYPES)('casts its value to %s', (dtype) => {
    const bindings = { x: memory(dtype, [1]), out: memory(dtype, [0, 0, 0]) };
    const params = { size: 3, value: -1.5, shape: axes(3), inShape: axes(1), before: strides(1) };
    const got = output(pad, {
      bindings,
      dtypes: { x: dtype, out: dtype },
      params,
      constants: { mode: 'constant' },
    });
    const value = { float32: -1.5, float16: -1.5, int32: -1, uint32: 0, uint8: 0, bool: 1 }[dtype];
    expect(got).toEqual([value, 1, value]);
  });
});

describe('concat', () => {
  test('joins two, three and four parts', () => {
    const a = Int32Array.of(1, 2);
    const b = Int32Array.of(10, 11, 20, 21);
    const params = { outer: 2, aPart: 1, bPart: 2 };
    expect(output(concat, { bindings: { a, b, out: new Int32Array(6) }, params })).toEqual([
      1, 10, 11, 2, 20, 21,
    ]);
    const three = { bindings: { a, b, c: a, out: new Int32Array(8) }, params: { ...params, cPart: 1 } };
    expect(output(concat, three)).toEqual([1, 10, 11, 1, 2, 20, 21, 2]);
    const four = {
      bindings: { ...three.bindings, d: a, out: new Int32Array(10) },
      params: { ...three.params, dPart: 1 },
    };
    expect(output(concat, four)).toEqual([1, 10, 11, 1, 1, 2, 20, 21, 2, 2]);
  });

  test('an empty part, no rows', () => {
    const none = new Float32Array(0);
    const one = {
      bindings: { a: none, b: ramp(3), out: new Float32Array(3) },
      params: { outer: 1, bPart: 3 },
    };
    expect(output(concat, one)).toEqual(Array.from(ramp(3)));
    const rows = { bindings: { a: none, b: none, out: none }, params: { outer: 0, aPart: 2, bPart: 3 } };
    expect(output(concat, rows)).toEqual([]);
  });

  test('of one dtype only', () => {
    expect(refusal(concat, {}, { a: 'bool', b: 'bool', out: 'bool' })).toBeUndefined();
    expect(refusal(concat, {}, { a: 'bool', b: 'bool', c: 'uint8', out: 'bool' })).toBeDefined();
  });
});
