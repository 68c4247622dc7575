/** Kernels that move elements: by strides, by windows, by indices. */

import { DTYPES, type DType, kernels, PAD_MODES } from '@wick/core';
import { type KernelSpec, spec } from './spec.js';
import { blank, edges, given, NUMBERS, ordinary, shape8, strides8 } from './values.js';

function stridedCopies(dtype: DType): KernelSpec[] {
  const made = (title: string, offset: number, shape: number[], strides: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return spec(kernels.stridedCopy, {
      title,
      dtype,
      operands: { x: edges(dtype, 60), out: blank(dtype, size) },
      params: { size, offset, shape: shape8(...shape), strides: strides8(...strides) },
      grid: [size, 1, 1],
    });
  };
  return [
    made('permuted', 0, [5, 3, 4], [1, 20, 5]),
    made('reversed, every other one', 59, [3, 5], [-20, -2]),
    made('expanded', 7, [2, 3, 5], [0, 1, 0]),
    made('one element', 59, [1], [0]),
    made('nothing', 0, [0], [1]),
  ];
}

function pads(dtype: DType): KernelSpec[] {
  return PAD_MODES.map((mode) =>
    spec(kernels.pad, {
      title: mode,
      dtype,
      operands: { x: edges(dtype, 12), out: blank(dtype, 42) },
      params: {
        size: 42,
        value: mode === 'constant' ? 1 : 0,
        shape: shape8(6, 7),
        inShape: shape8(3, 4),
        before: strides8(2, 1),
      },
      constants: { mode },
      grid: [42, 1, 1],
    }),
  );
}

function concats(dtype: DType): KernelSpec[] {
  const made = (title: string, parts: readonly number[]) => {
    const width = parts.reduce((a, b) => a + b, 0);
    const [aPart, bPart, cPart = 0, dPart = 0] = parts;
    const part = (n: number, salt: number) => (n === 0 ? undefined : ordinary(dtype, 3 * n, salt));
    return spec(kernels.concat, {
      title,
      dtype,
      operands: {
        a: ordinary(dtype, 3 * aPart),
        b: ordinary(dtype, 3 * bPart, 1),
        c: part(cPart, 2),
        d: part(dPart, 3),
        out: blank(dtype, 3 * width),
      },
      params: { outer: 3, aPart, bPart, cPart, dPart },
      grid: [width, 3, 1],
    });
  };
  return [made('two parts', [5, 2]), made('four parts', [1, 4, 3, 2]), made('an empty part', [0, 5])];
}

const OUTSIDE = [3, 0, -1, 4, 99, 2, 1, -2147483648, 2147483647];

function gathers(dtype: DType): KernelSpec[] {
  return [
    spec(kernels.gather, {
      title: 'along the first axis, indices outside',
      dtype,
      // x is [5, 3], the index [3, 3].
      operands: { x: edges(dtype, 15), index: given('int32', ...OUTSIDE), out: blank(dtype, 9) },
      params: { size: 9, axis: 6, axisSize: 5, shape: shape8(3, 3), xStrides: strides8(3, 1) },
      grid: [9, 1, 1],
    }),
    spec(kernels.gatherRows, {
      title: 'indices outside',
      dtype,
      operands: {
        x: edges(dtype, 2 * 5 * 3),
        index: given('int32', ...OUTSIDE),
        out: blank(dtype, 2 * 9 * 3),
      },
      params: { outer: 2, rows: 5, inner: 3, count: 9 },
      grid: [3, 9, 2],
    }),
    spec(kernels.writeRows, {
      title: 'into the middle',
      dtype,
      operands: { source: ordinary(dtype, 2 * 2 * 3), target: edges(dtype, 2 * 5 * 3, 1) },
      params: { outer: 2, capacity: 5, width: 3, rows: 2, position: 2 },
      grid: [3, 2, 2],
    }),
    spec(kernels.writeRows, {
      title: 'rows beyond the capacity are dropped',
      dtype,
      operands: { source: ordinary(dtype, 3 * 3), target: ordinary(dtype, 4 * 3, 1) },
      params: { outer: 1, capacity: 4, width: 3, rows: 3, position: 3 },
      grid: [3, 3, 1],
    }),
  ];
}

function scatters(dtype: DType): KernelSpec[] {
  return [
    spec(kernels.scatterAdd, {
      title: 'several to one place, indices outside',
      dtype,
      // x is [4, 3], index and source are [3, 3].
      operands: {
        x: ordinary(dtype, 12),
        index: given('int32', 1, 1, -1, 1, 0, 4, 1, 3, 2),
        source: ordinary(dtype, 9, 1),
        out: blank(dtype, 12),
      },
      params: { size: 12, axis: 6, shape: shape8(4, 3), indexShape: shape8(3, 3) },
      grid: [12, 1, 1],
    }),
  ];
}

export function layoutSpecs(): KernelSpec[] {
  return [
    ...DTYPES.flatMap((dtype) => [
      ...stridedCopies(dtype),
      ...pads(dtype),
      ...concats(dtype),
      ...gathers(dtype),
    ]),
    ...NUMBERS.flatMap(scatters),
  ];
}
