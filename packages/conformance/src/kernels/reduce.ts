/** Reductions, scans, softmax and normalisations. */

import { type DType, kernels, REDUCE_OPS, type ReduceOp } from '@wick/core';
import { type KernelSpec, type Operand, spec } from './spec.js';
import { blank, FLOATS, given, NUMBERS, ordinary, shape8, strides8 } from './values.js';

const ONES = shape8();
const ZEROS = strides8();

function rows(
  op: ReduceOp,
  dtype: DType,
  title: string,
  x: Operand,
  outputs: number,
  count: number,
): KernelSpec {
  return spec(kernels.reduce, {
    title: `${op}, ${title}`,
    dtype,
    operands: { x, out: blank(dtype, outputs) },
    params: {
      outputs,
      count,
      keptShape: ONES,
      keptStrides: ZEROS,
      reducedShape: ONES,
      reducedStrides: ZEROS,
    },
    constants: { op, layout: 'rows' },
    grid: [outputs, 1, 1],
  });
}

/** [4, 3, 5] over its first and last axes. */
function strided(op: ReduceOp, dtype: DType): KernelSpec {
  return spec(kernels.reduce, {
    title: `${op}, over two axes`,
    dtype,
    operands: { x: ordinary(dtype, 60), out: blank(dtype, 3) },
    params: {
      outputs: 3,
      count: 20,
      keptShape: shape8(3),
      keptStrides: strides8(5),
      reducedShape: shape8(4, 5),
      reducedStrides: strides8(15, 1),
    },
    constants: { op, layout: 'strided' },
    grid: [3, 1, 1],
  });
}

/** Adding 1 to 2048 gives 2048 in float16: the sum has to be kept in more. */
function longSum(dtype: 'float32' | 'float16', op: 'sum' | 'mean'): KernelSpec {
  const ones = { dtype, values: new Float32Array(2 * 4096).fill(1) };
  return rows(op, dtype, '4096 ones, more than float16 can count', ones, 2, 4096);
}

function reductions(): KernelSpec[] {
  const long = FLOATS.flatMap((dtype) => [longSum(dtype, 'sum'), longSum(dtype, 'mean')]);
  return [...long, ...everyReduction()];
}

function everyReduction(): KernelSpec[] {
  return REDUCE_OPS.flatMap((op) =>
    NUMBERS.filter((dtype) => op !== 'mean' || dtype.startsWith('float')).flatMap((dtype) => {
      const isFloat = dtype.startsWith('float');
      // Products of many numbers leave float16.
      const long = op === 'prod' && isFloat ? 9 : 301;
      const specs = [
        rows(op, dtype, 'odd rows', ordinary(dtype, 3 * long), 3, long),
        rows(op, dtype, 'one element', ordinary(dtype, 2), 2, 1),
        rows(op, dtype, 'nothing', blank(dtype, 0), 2, 0),
        strided(op, dtype),
      ];
      const special = given(dtype, 1, Number.NaN, 2, 3, Infinity, 4, -Infinity, 5, 6);
      return isFloat ? [...specs, rows(op, dtype, 'NaN and infinities', special, 3, 3)] : specs;
    }),
  );
}

/** Two lines [5, 3]: ties, and where there are floats a NaN and infinities. */
function lines(dtype: DType): Operand {
  const x = Array.from(ordinary(dtype, 30).values);
  x[0] = x[3] = x[6] = 3;
  if (dtype.startsWith('float')) {
    x[16] = Number.NaN;
    x[22] = Number.NaN;
    x[17] = Infinity;
    x[20] = -Infinity;
  }
  return { dtype, values: x };
}

function scans(): KernelSpec[] {
  const params = { outer: 2, count: 5, inner: 3 };
  const grid = [3, 2, 1] as const;
  return NUMBERS.flatMap((dtype) => [
    ...['argmax', 'argmin'].map((op) =>
      spec(kernels.argReduce, {
        title: `${op} with ties`,
        dtype,
        operands: { x: lines(dtype), out: blank('int32', 6) },
        params,
        constants: { op },
        grid,
      }),
    ),
    spec(kernels.cumsum, {
      title: 'along a middle axis',
      dtype,
      operands: { x: ordinary(dtype, 30), out: blank(dtype, 30) },
      params,
      grid,
    }),
    spec(kernels.cumsum, {
      title: 'one long line',
      dtype,
      operands: { x: ordinary(dtype, 257), out: blank(dtype, 257) },
      params: { outer: 1, count: 257, inner: 1 },
      grid: [1, 1, 1],
    }),
  ]);
}

function softmaxes(): KernelSpec[] {
  return FLOATS.flatMap((dtype) =>
    [false, true].flatMap((log) => {
      const name = log ? 'log, ' : '';
      const made = (title: string, x: Operand, outer: number, count: number, inner: number) =>
        spec(kernels.softmax, {
          title: name + title,
          dtype,
          operands: { x, out: blank(dtype, outer * count * inner) },
          params: { outer, count, inner },
          constants: { log },
          grid: [inner, outer, 1],
        });
      const masked = given(dtype, 1, -Infinity, 2, -Infinity, -Infinity, -Infinity, 60, -60, 0);
      return [
        made('odd lines', ordinary(dtype, 3 * 129), 3, 129, 1),
        made('along a middle axis', ordinary(dtype, 30), 2, 5, 3),
        made('one element', ordinary(dtype, 4), 4, 1, 1),
        made('-Inf, a line of it, and large differences', masked, 3, 3, 1),
      ];
    }),
  );
}

function norms(): KernelSpec[] {
  return FLOATS.flatMap((dtype) =>
    [true, false].flatMap((affine) => {
      const title = affine ? 'with weight and bias' : 'plain';
      const weight = (n: number) => (affine ? ordinary('float32', n, 1) : undefined);
      const bias = (n: number) => (affine ? ordinary(dtype, n, 2) : undefined);
      const x = (n: number) => ({ x: ordinary(dtype, n), out: blank(dtype, n) });
      return [
        spec(kernels.layerNorm, {
          title,
          dtype,
          operands: { ...x(3 * 33), weight: weight(33), bias: bias(33) },
          params: { rows: 3, width: 33, eps: 1e-5 },
          grid: [3, 1, 1],
        }),
        spec(kernels.rmsNorm, {
          title,
          dtype,
          operands: { ...x(3 * 33), weight: weight(33) },
          params: { rows: 3, width: 33, eps: 1e-5 },
          grid: [3, 1, 1],
        }),
        spec(kernels.groupNorm, {
          title,
          dtype,
          operands: { ...x(2 * 6 * 5), weight: weight(6), bias: bias(6) },
          params: { batch: 2, channels: 6, spatial: 5, groups: 3, eps: 1e-5 },
          grid: [3, 2, 1],
        }),
        spec(kernels.batchNorm, {
          title,
          dtype,
          operands: {
            ...x(2 * 3 * 5),
            mean: ordinary('float32', 3, 3),
            variance: given('float32', 0.5, 1.25, 3),
            weight: weight(3),
            bias: bias(3),
          },
          params: { batch: 2, channels: 3, spatial: 5, eps: 1e-5 },
          grid: [5, 3, 2],
        }),
      ];
    }),
  );
}

function responseNorms(): KernelSpec[] {
  return FLOATS.map((dtype) =>
    spec(kernels.globalResponseNorm, {
      title: 'two samples',
      dtype,
      operands: {
        x: ordinary(dtype, 2 * 7 * 5),
        gamma: ordinary(dtype, 5, 1),
        beta: ordinary(dtype, 5, 2),
        out: blank(dtype, 2 * 7 * 5),
      },
      params: { batch: 2, spatial: 7, channels: 5 },
      grid: [2, 1, 1],
    }),
  );
}

export function reduceSpecs(): KernelSpec[] {
  return [...reductions(), ...scans(), ...softmaxes(), ...norms(), ...responseNorms()];
}
