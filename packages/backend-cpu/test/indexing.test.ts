import { DTYPES } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { gather, gatherRows, scatterAdd, writeRows } from '../src/kernels/indexing.js';
import { axes, execute, output, ramp, refusal, strides } from './execute.js';

describe('gather', () => {
  test('along the last and the first axis', () => {
    const x = Float32Array.of(0, 1, 2, 3, 4, 5); // [2, 3]
    const xStrides = strides(3, 1);
    const last = {
      bindings: { x, index: Int32Array.of(2, 0, 1, 1), out: new Float32Array(4) },
      params: { size: 4, axis: 7, axisSize: 3, shape: axes(2, 2), xStrides },
    };
    expect(output(gather, last)).toEqual([2, 0, 4, 4]);
    const first = {
      bindings: { x, index: Int32Array.of(1, 0, 1), out: new Float32Array(3) },
      params: { size: 3, axis: 6, axisSize: 2, shape: axes(1, 3), xStrides },
    };
    expect(output(gather, first)).toEqual([3, 1, 5]);
  });

  test('clamps an index outside', () => {
    const setup = {
      bindings: {
        x: Uint8Array.of(7, 8, 9),
        index: Int32Array.of(-1, 3, 0x7fffffff),
        out: new Uint8Array(3),
      },
      params: { size: 3, axis: 7, axisSize: 3, shape: axes(3), xStrides: strides(1) },
    };
    expect(output(gather, setup)).toEqual([7, 9, 9]);
  });

  test('nothing', () => {
    const bindings = { x: ramp(3), index: new Int32Array(0), out: new Float32Array(0) };
    const params = { size: 0, axis: 7, axisSize: 3, shape: axes(0), xStrides: strides(1) };
    expect(output(gather, { bindings, params })).toEqual([]);
  });
});

describe('gather_rows', () => {
  test('embedding and index_select', () => {
    const x = Int32Array.of(0, 1, 10, 11, 20, 21); // rows of two
    const bindings = { x, index: Int32Array.of(2, 0, 2), out: new Int32Array(6) };
    const params = { outer: 1, rows: 3, inner: 2, count: 3 };
    expect(output(gatherRows, { bindings, params })).toEqual([20, 21, 0, 1, 20, 21]);
    const middle = { bindings: { ...bindings, index: Int32Array.of(1), out: new Int32Array(2) } };
    expect(output(gatherRows, { ...middle, params: { outer: 2, rows: 3, inner: 1, count: 1 } })).toEqual([
      1, 20,
    ]);
  });

  test('clamps an index outside', () => {
    const bindings = { x: Float32Array.of(1, 2), index: Int32Array.of(-5, 5), out: new Float32Array(2) };
    expect(output(gatherRows, { bindings, params: { outer: 1, rows: 2, inner: 1, count: 2 } })).toEqual([
      1, 2,
    ]);
  });

  test('of no index', () => {
    const bindings = { x: ramp(4), index: new Int32Array(0), out: new Float32Array(0) };
    expect(output(gatherRows, { bindings, params: { outer: 2, rows: 2, inner: 1, count: 0 } })).toEqual([]);
  });
});

describe('scatter_add', () => {
  test('adds all sources that name an element', () => {
    const setup = {
      bindings: {
        x: Float32Array.of(1, 1, 1, 1, 1, 1), // [3, 2]
        index: Int32Array.of(0, 2, 0, 0, 0, 2), // [3, 2]
        source: Float32Array.of(1, 2, 3, 4, 5, 6),
        out: new Float32Array(6),
      },
      params: { size: 6, axis: 6, shape: axes(3, 2), indexShape: axes(3, 2) },
    };
    expect(output(scatterAdd, setup)).toEqual([10, 5, 1, 1, 1, 9]);
  });

  test('of an index smaller than x, along the last axis', () => {
    const setup = {
      bindings: {
        x: new Int32Array(6), // [2, 3]
        index: Int32Array.of(2, 2), // [1, 2]
        source: Int32Array.of(0x7fffffff, 2),
        out: new Int32Array(6),
      },
      params: { size: 6, axis: 7, shape: axes(2, 3), indexShape: axes(1, 2) },
    };
    expect(output(scatterAdd, setup)).toEqual([0, 0, -0x7fffffff, 0, 0, 0]);
  });

  test('of an index narrower than x, along the first axis', () => {
    const setup = {
      bindings: {
        x: new Float32Array(6), // [2, 3]
        index: Int32Array.of(0, 1, 0, 1), // [2, 2]
        source: Float32Array.of(1, 2, 3, 4),
        out: new Float32Array(6),
      },
      params: { size: 6, axis: 6, shape: axes(2, 3), indexShape: axes(2, 2) },
    };
    expect(output(scatterAdd, setup)).toEqual([4, 0, 0, 0, 6, 0]);
  });

  test('drops an index outside, adds in float64, keeps NaN', () => {
    const setup = {
      bindings: {
        x: Float32Array.of(2 ** 30, 0, 0),
        index: Int32Array.of(-1, 3, 0, 0, 0, 1),
        source: Float32Array.of(9, 9, 1, 1, -(2 ** 30), Number.NaN),
        out: new Float32Array(3),
      },
      params: { size: 3, axis: 7, shape: axes(3), indexShape: axes(6) },
    };
    expect(output(scatterAdd, setup)).toEqual([2, Number.NaN, 0]);
  });

  test('of no source, and uint32', () => {
    const bindings = { x: Uint32Array.of(0xffffffff), index: new Int32Array(0), source: new Uint32Array(0) };
    const params = { size: 1, axis: 7, shape: axes(1), indexShape: axes(0) };
    expect(output(scatterAdd, { bindings: { ...bindings, out: new Uint32Array(1) }, params })).toEqual([
      0xffffffff,
    ]);
    const one = { x: Uint32Array.of(0xffffffff), index: Int32Array.of(0), source: Uint32Array.of(2) };
    const setup = {
      bindings: { ...one, out: new Uint32Array(1) },
      params: { ...params, indexShape: axes(1) },
    };
    expect(output(scatterAdd, setup)).toEqual([1]);
  });
});

describe('write_rows', () => {
  test('leaves the rest as it is and drops rows beyond the capacity', () => {
    const setup = {
      bindings: { source: Float32Array.of(1, 2, 3, 4), target: Float32Array.of(-1, -2, -3, -4, -5, -6) },
      params: { outer: 2, capacity: 3, width: 1, rows: 2, position: 1 },
    };
    expect(Array.from(execute(writeRows, setup).target)).toEqual([-1, 1, 2, -4, 3, 4]);
    const beyond = { ...setup, params: { ...setup.params, position: 2 } };
    expect(Array.from(execute(writeRows, beyond).target)).toEqual([-1, -2, 1, -4, -5, 3]);
    const outside = { ...setup, params: { ...setup.params, position: 0xffffffff } };
    expect(Array.from(execute(writeRows, outside).target)).toEqual([-1, -2, -3, -4, -5, -6]);
  });

  test('writes no rows', () => {
    const bindings = { source: new Float32Array(0), target: Float32Array.of(1) };
    const params = { outer: 1, capacity: 1, width: 1, rows: 0, position: 0 };
    expect(Array.from(execute(writeRows, { bindings, params }).target)).toEqual([1]);
  });
});

test('every dtype, never two of them', () => {
  for (const dtype of DTYPES) {
    const other = dtype === 'bool' ? 'uint8' : 'bool';
    expect(refusal(gather, {}, { x: dtype, index: 'int32', out: dtype })).toBeUndefined();
    expect(refusal(gather, {}, { x: dtype, index: 'int32', out: other })).toBeDefined();
    expect(refusal(gatherRows, {}, { x: dtype, index: 'int32', out: other })).toBeDefined();
    expect(refusal(writeRows, {}, { source: dtype, target: other })).toBeDefined();
  }
});
