/** Reductions, running sums and softmax, with float64 accumulators; integers wrap as 32-bit numbers. */

import { type DType, kernels, REDUCE_OPS, type ReduceOp } from '@wick/core';
import { choice, cpuKernel, flag, floats, ints, numbers, sameDtype } from '../kernel.js';
import { StridedCursor } from '../strides.js';
import { addWrapped, type BinaryFunction, isFloat, plus, RANGES } from './functions.js';

const FLOAT_STEPS: Readonly<Record<ReduceOp, BinaryFunction>> = {
  sum: plus,
  mean: plus,
  prod: (a, b) => a * b,
  max: (a, b) => Math.max(a, b), // NaN wins
  min: (a, b) => Math.min(a, b),
};

const INTEGER_STEPS: Readonly<Record<ReduceOp, BinaryFunction>> = {
  ...FLOAT_STEPS,
  sum: addWrapped,
  prod: (a, b) => Math.imul(a, b),
};

/** What an empty reduction gives, and every other one starts with. */
function start(op: ReduceOp, dtype: DType): number {
  const [least, greatest] = RANGES[dtype];
  switch (op) {
    case 'sum':
    case 'mean':
      return 0;
    case 'prod':
      return 1;
    case 'max':
      return least;
    case 'min':
      return greatest;
    default:
      return op satisfies never;
  }
}

const reduceSame = sameDtype('x', 'out');

/** Units: outputs. */
export const reduce = cpuKernel(kernels.reduce, {
  refuse(variant) {
    const mean = choice(variant, 'op', REDUCE_OPS) === 'mean';
    return mean && !isFloat(variant.dtypes.x)
      ? `mean is not defined for ${variant.dtypes.x}`
      : reduceSame(variant);
  },
  units: ({ params }) => params.outputs,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const { count, keptShape, keptStrides, reducedShape, reducedStrides } = call.params;
    const op = choice(call, 'op', REDUCE_OPS);
    const dtype = call.dtypes.x ?? 'float32';
    const first = start(op, dtype);
    const step = isFloat(dtype) ? FLOAT_STEPS[op] : INTEGER_STEPS[op];
    const divisor = op === 'mean' ? count : 1;
    if (choice(call, 'layout', ['rows', 'strided']) === 'rows') {
      for (let i = begin; i < end; i++) {
        let total = first;
        for (let at = i * count; at < (i + 1) * count; at++) total = step(total, x[at]);
        out[i] = total / divisor;
      }
      return;
    }
    const kept = new StridedCursor(keptShape, keptStrides, begin);
    const reduced = new StridedCursor(reducedShape, reducedStrides, 0); // at its start again after a round
    for (let i = begin; i < end; i++) {
      let total = first;
      for (let j = 0; j < count; j++) {
        total = step(total, x[kept.offset + reduced.offset]);
        reduced.next();
      }
      out[i] = total / divisor;
      kept.next();
    }
  },
});

/** Units: outputs. */
export const argReduce = cpuKernel(kernels.argReduce, {
  units: ({ params }) => params.outer * params.inner,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = ints(call, 'out');
    const { count, inner } = call.params;
    const sign = choice(call, 'op', ['argmax', 'argmin']) === 'argmax' ? 1 : -1;
    for (let i = begin; i < end; i++) {
      const line = Math.floor(i / inner) * count * inner + (i % inner);
      let best = 0;
      for (let j = 1; j < count; j++) {
        const candidate = x[line + j * inner];
        const champion = x[line + best * inner];
        if (Number.isNaN(champion)) break; // the first NaN wins
        if (Number.isNaN(candidate) || sign * candidate > sign * champion) best = j;
      }
      out[i] = best;
    }
  },
});

/** Units: lines. */
export const cumsum = cpuKernel(kernels.cumsum, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.outer * params.inner,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const { count, inner } = call.params;
    const add = isFloat(call.dtypes.x) ? plus : addWrapped;
    for (let i = begin; i < end; i++) {
      const line = Math.floor(i / inner) * count * inner + (i % inner);
      let total = 0;
      for (let j = 0; j < count; j++) {
        total = add(total, x[line + j * inner]);
        out[line + j * inner] = total;
      }
    }
  },
});

/** Units: lines. */
export const softmax = cpuKernel(kernels.softmax, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.outer * params.inner,
  run(call, begin, end) {
    const x = floats(call, 'x');
    const out = floats(call, 'out');
    const { count, inner } = call.params;
    const log = flag(call, 'log');
    for (let i = begin; i < end; i++) {
      const line = Math.floor(i / inner) * count * inner + (i % inner);
      let max = -Infinity;
      for (let j = 0; j < count; j++) max = Math.max(max, x[line + j * inner]);
      let sum = 0;
      for (let j = 0; j < count; j++) sum += Math.exp(x[line + j * inner] - max);
      if (log) {
        const logSum = Math.log(sum);
        for (let j = 0; j < count; j++) out[line + j * inner] = x[line + j * inner] - max - logSum;
      } else {
        for (let j = 0; j < count; j++) out[line + j * inner] = Math.exp(x[line + j * inner] - max) / sum;
      }
    }
  },
});
