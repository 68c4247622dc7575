/** Kernels that compute every element of the output from the elements at the same place. Units: elements. */

import {
  BINARY_OPS,
  binaryResult,
  binarySupports,
  type DType,
  GATES,
  kernels,
  UNARY_OPS,
  unarySupports,
} from '@wick/core';
import { bytes, choice, cpuKernel, flag, floats, type KernelVariant, numbers, sameDtype } from '../kernel.js';
import { StridedCursor } from '../strides.js';
import { binaryFunction, conversion, isFloat, unaryFunction } from './functions.js';

/** The dtype of a binding that every dispatch has. */
function dtypeOf({ dtypes }: Pick<KernelVariant, 'dtypes'>, name: string): DType {
  return dtypes[name] ?? 'float32';
}

const unarySame = sameDtype('x', 'out');

export const unary = cpuKernel(kernels.unary, {
  refuse(variant) {
    const op = choice(variant, 'op', UNARY_OPS);
    const dtype = dtypeOf(variant, 'x');
    return unarySupports(op, dtype) ? unarySame(variant) : `${op} is not defined for ${dtype}`;
  },
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const dtype = dtypeOf(call, 'x');
    const apply = unaryFunction(choice(call, 'op', UNARY_OPS), dtype);
    const toDtype = conversion('float32', dtype); // the bounds of an integer clamp are integers too
    const alpha = toDtype(call.params.alpha);
    const beta = toDtype(call.params.beta);
    for (let i = begin; i < end; i++) out[i] = apply(x[i], alpha, beta);
  },
});

function refuseBinary(variant: KernelVariant, input: string): string | undefined {
  const op = choice(variant, 'op', BINARY_OPS);
  const dtype = dtypeOf(variant, input);
  const result = binaryResult(op, dtype);
  if (!binarySupports(op, dtype)) return `${op} is not defined for ${dtype}`;
  return variant.dtypes.out === result
    ? undefined
    : `${op} of ${dtype} writes ${result}, not ${variant.dtypes.out}`;
}

const binarySame = sameDtype('a', 'b');

export const binary = cpuKernel(kernels.binary, {
  refuse: (variant) => refuseBinary(variant, 'a') ?? binarySame(variant),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const a = numbers(call, 'a');
    const b = numbers(call, 'b');
    const out = numbers(call, 'out');
    const { shape, aStrides, bStrides } = call.params;
    const apply = binaryFunction(choice(call, 'op', BINARY_OPS), dtypeOf(call, 'a'));
    if (choice(call, 'layout', ['contiguous', 'broadcast']) === 'contiguous') {
      for (let i = begin; i < end; i++) out[i] = apply(a[i], b[i]);
      return;
    }
    const inA = new StridedCursor(shape, aStrides, begin);
    const inB = new StridedCursor(shape, bStrides, begin);
    for (let i = begin; i < end; i++) {
      out[i] = apply(a[inA.offset], b[inB.offset]);
      inA.next();
      inB.next();
    }
  },
});

export const binaryScalar = cpuKernel(kernels.binaryScalar, {
  refuse: (variant) => refuseBinary(variant, 'x'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const dtype = dtypeOf(call, 'x');
    const apply = binaryFunction(choice(call, 'op', BINARY_OPS), dtype);
    const { scalar, integer } = call.params;
    const value = isFloat(dtype) ? scalar : dtype === 'uint32' ? integer >>> 0 : integer;
    if (flag(call, 'reversed')) {
      for (let i = begin; i < end; i++) out[i] = apply(value, x[i]);
    } else {
      for (let i = begin; i < end; i++) out[i] = apply(x[i], value);
    }
  },
});

export const select = cpuKernel(kernels.select, {
  refuse: sameDtype('a', 'b', 'out'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const condition = bytes(call, 'condition');
    const a = numbers(call, 'a');
    const b = numbers(call, 'b');
    const out = numbers(call, 'out');
    const { shape, conditionStrides, aStrides, bStrides } = call.params;
    const inCondition = new StridedCursor(shape, conditionStrides, begin);
    const inA = new StridedCursor(shape, aStrides, begin);
    const inB = new StridedCursor(shape, bStrides, begin);
    for (let i = begin; i < end; i++) {
      out[i] = condition[inCondition.offset] !== 0 ? a[inA.offset] : b[inB.offset];
      inCondition.next();
      inA.next();
      inB.next();
    }
  },
});

export const cast = cpuKernel(kernels.cast, {
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const convert = conversion(dtypeOf(call, 'x'), dtypeOf(call, 'out'));
    for (let i = begin; i < end; i++) out[i] = convert(x[i]);
  },
});

export const gated = cpuKernel(kernels.gated, {
  refuse: sameDtype('gate', 'up', 'out'),
  units: ({ params }) => params.rows * params.width,
  run(call, begin, end) {
    const gate = floats(call, 'gate');
    const up = floats(call, 'up');
    const out = floats(call, 'out');
    const { width, gateRow, gateOffset, upRow, upOffset } = call.params;
    const activation = unaryFunction(choice(call, 'activation', GATES), 'float32');
    for (let i = begin; i < end; i++) {
      const row = Math.floor(i / width);
      const column = i - row * width;
      const g = gate[row * gateRow + gateOffset + column];
      out[i] = up[row * upRow + upOffset + column] * activation(g, 0, 0);
    }
  },
});
