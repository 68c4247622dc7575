import { expect, it } from 'vitest';
import { findDifference } from '../src/cases/compare.js';

it.each([
  ['equal', [1, -0], [1, 0], undefined],
  ['within', [1.0005], [1], undefined],
  ['beyond', [1, 1.1, 5], [1, 1, 1], { index: 1, got: 1.1, want: 1, count: 2 }],
  ['NaN met', [Number.NaN], [Number.NaN], undefined],
  ['NaN for a number', [Number.NaN], [1], { index: 0, got: Number.NaN, want: 1, count: 1 }],
  ['a number for NaN', [1], [Number.NaN], { index: 0, got: 1, want: Number.NaN, count: 1 }],
  ['the same infinity', [Infinity, -Infinity], [Infinity, -Infinity], undefined],
  ['the other infinity', [-Infinity], [Infinity], { index: 0, got: -Infinity, want: Infinity, count: 1 }],
  ['a number for an infinity', [3e38], [Infinity], { index: 0, got: 3e38, want: Infinity, count: 1 }],
  ['an infinity for a number', [Infinity], [3e38], { index: 0, got: Infinity, want: 3e38, count: 1 }],
])('%s', (_, got, want, difference) => {
  expect(findDifference(got, want, 1e-3, 0)).toEqual(difference);
});
