import { describe, expect, it } from 'vitest';
import { broadcastShapes, broadcastStrides, collapse, isUnbroken } from '../src/shape/broadcast.js';
import {
  aroundAxis,
  checkShape,
  inferShape,
  MAX_ELEMENTS,
  normalizeAxes,
  normalizeAxis,
  rightAligned,
  rowMajorStrides,
  sizeOf,
} from '../src/shape/shape.js';
import { sliceOf } from '../src/shape/slice.js';
import { paddingOf, transposedCount, windowCount } from '../src/shape/window.js';

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('shapes', () => {
  it('counts elements', () => {
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([2, 3])).toBe(6);
    expect(sizeOf([2, 0, 3])).toBe(0);
  });

  it('steps row-major', () => {
    expect(rowMajorStrides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(rowMajorStrides([])).toEqual([]);
  });

  it.each([[[-1]], [[1.5]], [[Number.NaN]], [[2 ** 53]]])('refuses %j', (shape) => {
    expect(() => checkShape('test', shape)).toThrow(code('INVALID_ARGUMENT'));
  });

  it('keeps to the limits', () => {
    expect(() => checkShape('test', [1, 1, 1, 1, 1, 1, 1, 1])).not.toThrow();
    expect(() => checkShape('test', [1, 1, 1, 1, 1, 1, 1, 1, 1])).toThrow(code('LIMIT_EXCEEDED'));
    expect(() => checkShape('test', [MAX_ELEMENTS])).not.toThrow();
    expect(() => checkShape('test', [MAX_ELEMENTS + 1])).toThrow(code('LIMIT_EXCEEDED'));
    expect(() => checkShape('test', [2 ** 52, 2 ** 52])).toThrow(code('LIMIT_EXCEEDED'));
    expect(() => checkShape('test', [0, 2 ** 52, 2 ** 52])).not.toThrow();
  });

  it('normalises axes', () => {
    expect(normalizeAxis('test', -1, 3)).toBe(2);
    expect(normalizeAxes('test', [2, -3], 3)).toEqual([0, 2]);
    expect(normalizeAxes('test', null, 2)).toEqual([0, 1]);
    expect(normalizeAxes('test', [], 2)).toEqual([]);
    for (const axis of [3, -4, 0.5]) {
      expect(() => normalizeAxis('test', axis, 3)).toThrow(code('INVALID_ARGUMENT'));
    }
    expect(() => normalizeAxes('test', [1, -2], 3)).toThrow(code('INVALID_ARGUMENT'));
  });

  it('views a tensor around an axis', () => {
    expect(aroundAxis([2, 3, 4, 5], 1)).toEqual({ outer: 2, count: 3, inner: 20 });
  });

  it('infers one size', () => {
    expect(inferShape('test', 6, [-1, 2])).toEqual([3, 2]);
    expect(inferShape('test', 0, [-1, 2])).toEqual([0, 2]);
    expect(() => inferShape('test', 0, [-1, 0])).toThrow(code('SHAPE_MISMATCH'));
    expect(() => inferShape('test', 5, [-1, 2])).toThrow(code('SHAPE_MISMATCH'));
    expect(() => inferShape('test', 4, [-1, -1])).toThrow(code('INVALID_ARGUMENT'));
  });

  it('aligns to the right', () => {
    expect(rightAligned([3, 4], 1, 4)).toEqual([1, 1, 3, 4]);
  });
});

describe('broadcasting', () => {
  it('follows numpy', () => {
    expect(broadcastShapes('test', [[2, 1, 4], [3, 1], []])).toEqual([2, 3, 4]);
    expect(
      broadcastShapes('test', [
        [0, 3],
        [1, 3],
      ]),
    ).toEqual([0, 3]);
    expect(() => broadcastShapes('test', [[2], [3]])).toThrow(code('SHAPE_MISMATCH'));
    expect(() => broadcastShapes('test', [[0], [3]])).toThrow(code('SHAPE_MISMATCH'));
  });

  it('repeats with stride 0', () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
  });

  it('collapses what all operands walk alike', () => {
    const same = collapse(
      [2, 3, 4],
      [
        [12, 4, 1],
        [12, 4, 1],
      ],
    );
    expect(same).toEqual({ shape: [24], strides: [[1], [1]] });
    expect(isUnbroken(same, 0)).toBe(true);
    const row = collapse(
      [2, 3, 4],
      [
        [12, 4, 1],
        [0, 4, 1],
      ],
    );
    expect(row).toEqual({
      shape: [2, 12],
      strides: [
        [12, 1],
        [0, 1],
      ],
    });
    const channel = collapse([2, 6, 4, 3], [rowMajorStrides([2, 6, 4, 3]), [0, 1, 0, 0]]);
    expect(channel).toEqual({
      shape: [2, 6, 12],
      strides: [
        [72, 12, 1],
        [0, 1, 0],
      ],
    });
  });

  it('drops axes of size 1, whatever their stride', () => {
    expect(collapse([1, 4, 1], [[99, 1, 77]])).toEqual({ shape: [4], strides: [[1]] });
    expect(collapse([1, 1], [[5, 5]])).toEqual({ shape: [], strides: [[]] });
  });
});

describe('slices', () => {
  it('follow numpy', () => {
    expect(sliceOf('test', [7, 10], [1, -4], [7, null], [2, 3])).toEqual({
      shape: [3, 2],
      offset: 16,
      strides: [20, 3],
    });
    expect(sliceOf('test', [5], [3], [2], []).shape).toEqual([0]);
    expect(sliceOf('test', [5], [-99], [99], []).shape).toEqual([5]);
    expect(() => sliceOf('test', [5], [0], [5], [0])).toThrow(code('INVALID_ARGUMENT'));
    expect(() => sliceOf('test', [5], [0, 0], [], [])).toThrow(code('INVALID_ARGUMENT'));
  });
});

describe('windows', () => {
  const axis = { size: 7, kernel: 3, stride: 2, dilation: 1, before: 1, after: 0 };

  it('counts', () => {
    expect(windowCount('test', axis)).toBe(3);
    expect(transposedCount('test', axis, 1)).toBe(15);
    expect(() => windowCount('test', { ...axis, dilation: 8 })).toThrow(code('SHAPE_MISMATCH'));
    expect(() => transposedCount('test', { ...axis, before: 20 }, 0)).toThrow(code('SHAPE_MISMATCH'));
  });

  it('reads paddings', () => {
    expect(paddingOf('test', 2)).toEqual([2, 2, 2, 2]);
    expect(paddingOf('test', [1, 2])).toEqual([1, 1, 2, 2]);
    expect(paddingOf('test', [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
    expect(() => paddingOf('test', -1)).toThrow(code('INVALID_ARGUMENT'));
  });
});
