/** Elementwise kernels: every op of every dtype on edge values, and layouts and sizes where they matter. */

import {
  ARITHMETIC_OPS,
  BINARY_OPS,
  binaryResult,
  binarySupports,
  COMPARISON_OPS,
  DTYPES,
  type DType,
  GATES,
  kernels,
  UNARY_OPS,
  unarySupports,
} from '@wick/core';
import { type KernelSpec, spec } from './spec.js';
import { blank, edgePairs, edges, FLOATS, given, NUMBERS, ordinary, shape8, strides8 } from './values.js';

/** Functions of angles and powers are held to ordinary arguments only: nobody promises them elsewhere. */
const BOUNDED_ARGUMENTS: ReadonlySet<string> = new Set(['sin', 'cos']);

/** What edge values are called in names of cases. */
const edgeWords = (dtype: DType) =>
  dtype.startsWith('float') ? 'NaN, infinities, zeros and subnormals' : 'edge values';

function unary(op: (typeof UNARY_OPS)[number], dtype: DType, length = 37, size?: string): KernelSpec {
  const isBounded = BOUNDED_ARGUMENTS.has(op);
  const x = isBounded ? ordinary(dtype, length) : edges(dtype, length);
  return spec(kernels.unary, {
    title: size ?? `${op} of ${isBounded ? 'ordinary values' : edgeWords(dtype)}`,
    dtype,
    operands: { x, out: blank(dtype, length) },
    params: { size: length, alpha: op === 'clamp' ? -1 : 0.125, beta: 2 },
    constants: { op },
    grid: [length, 1, 1],
  });
}

function unaries(): KernelSpec[] {
  const ops = UNARY_OPS.flatMap((op) =>
    DTYPES.filter((dtype) => unarySupports(op, dtype)).map((dtype) => unary(op, dtype)),
  );
  const sizes = SIZES.flatMap(([length, name]) =>
    FLOATS.map((dtype) => unary('neg', dtype, length, `neg, ${name}`)),
  );
  return [...ops, ...sizes];
}

/** 4096 elements fill whole workgroups of every usual size. */
const SIZES = [
  [0, 'no elements'],
  [1, '1 element'],
  [3, '3 elements'],
  [4095, '4095 elements, the last workgroup one short'],
  [4096, '4096 elements, whole workgroups'],
  [4097, '4097 elements, one in the last workgroup'],
] as const;

function binary(op: (typeof BINARY_OPS)[number], dtype: DType): KernelSpec {
  const [a, b] = op === 'pow' ? powers(dtype) : edgePairs(dtype);
  const size = a.values.length;
  return spec(kernels.binary, {
    title: op === 'pow' ? 'pow of ordinary values' : `${op} of ${edgeWords(dtype)}`,
    dtype,
    operands: { a, b, out: blank(binaryResult(op, dtype), size) },
    params: { size, shape: [], aStrides: [], bStrides: [] },
    constants: { op, layout: 'contiguous' },
    grid: [size, 1, 1],
  });
}

/** Bases and exponents whose power every backend can be asked for: exp2(b * log2(a)) of a base above 0. */
function powers(dtype: DType) {
  return [
    given(dtype, 0.5, 2, 1.5, 3, 1, 2.25, 7, 0.125, 10, 1, 0.25),
    given(dtype, 2, 3, -1.5, 0, 100, 0.5, 1, -2, 2, -3, 0.75),
  ];
}

/** Sums that float32 cannot hold. */
function wideSum(dtype: 'int32' | 'uint32'): KernelSpec {
  const size = 7;
  return spec(kernels.binary, {
    title: 'add of integers beyond 2^24',
    dtype,
    operands: {
      a: given(dtype, 16777216, 16777217, 16777219, 33554433, 123456789, 1000000007, 2147483000),
      b: given(dtype, 1, 2, 4, 6, 987654321, 998244353, 647),
      out: blank(dtype, size),
    },
    params: { size, shape: [], aStrides: [], bStrides: [] },
    constants: { op: 'add', layout: 'contiguous' },
    grid: [size, 1, 1],
  });
}

/** [5, 1, 3] and [4, 3], the latter at strides, broadcast to [5, 4, 3]. */
function broadcast(op: (typeof BINARY_OPS)[number], dtype: DType): KernelSpec {
  return spec(kernels.binary, {
    title: `${op}, broadcast and transposed`,
    dtype,
    operands: {
      a: ordinary(dtype, 15),
      b: ordinary(dtype, 12, 1),
      out: blank(binaryResult(op, dtype), 60),
    },
    params: { size: 60, shape: shape8(5, 4, 3), aStrides: strides8(3, 0, 1), bStrides: strides8(0, 1, 4) },
    constants: { op, layout: 'broadcast' },
    grid: [60, 1, 1],
  });
}

function binaries(): KernelSpec[] {
  const ops = BINARY_OPS.flatMap((op) =>
    DTYPES.filter((dtype) => binarySupports(op, dtype)).map((dtype) => binary(op, dtype)),
  );
  const broadcasts = NUMBERS.flatMap((dtype) => [broadcast('sub', dtype), broadcast('le', dtype)]);
  const wide = [wideSum('int32'), wideSum('uint32')];
  return [...ops, ...wide, ...broadcasts, broadcast('xor', 'bool'), broadcast('eq', 'uint8')];
}

function scalars(): KernelSpec[] {
  const ops = [...ARITHMETIC_OPS, ...COMPARISON_OPS];
  return ops.flatMap((op) =>
    NUMBERS.filter((dtype) => binarySupports(op, dtype)).flatMap((dtype) =>
      [false, true].map((reversed) => {
        const x = op === 'pow' ? powers(dtype)[0] : edges(dtype, 33);
        const size = x.values.length;
        return spec(kernels.binaryScalar, {
          title: reversed ? `scalar ${op} x` : `x ${op} scalar`,
          dtype,
          operands: { x, out: blank(binaryResult(op, dtype), size) },
          params: { size, scalar: 1.5, integer: -3 },
          constants: { op, reversed },
          grid: [size, 1, 1],
        });
      }),
    ),
  );
}

function selects(): KernelSpec[] {
  return DTYPES.map((dtype) =>
    spec(kernels.select, {
      title: 'all three broadcast',
      dtype,
      operands: {
        condition: given('bool', 1, 0, 1),
        a: edges(dtype, 21),
        b: edges(dtype, 7, 2),
        out: blank(dtype, 21),
      },
      params: {
        size: 21,
        shape: shape8(7, 3),
        conditionStrides: strides8(0, 1),
        aStrides: strides8(3, 1),
        bStrides: strides8(1, 0),
      },
      grid: [21, 1, 1],
    }),
  );
}

/** Numbers that saturate, wrap, are cut, rounded to even or overflow, whatever they are cast to. */
const CAST_FROM: Readonly<Record<DType, readonly number[]>> = {
  float32: [0, -0, 0.5, 1.5, -1.5, 2.9, -2.9, 255, 256, 1e10, -1e10, 65519, 65520, 2049, 2 ** -24, 2 ** -25],
  float16: [0, -0, 0.5, 1.5, -1.5, 2.9, -2.9, 255, 256, 65504, -65504, 2 ** -14],
  int32: [0, 1, -1, 255, 256, -256, 0x7fffffff, -0x80000000, 65519, 2049, 2051],
  uint32: [0, 1, 255, 256, 0xffffffff, 0x80000000, 65519, 2049, 2051],
  uint8: [0, 1, 127, 128, 255],
  bool: [0, 1],
};

/** Ties, and numbers just beside them, about 1, 2048 and the largest float16. */
const BESIDE_TIES = [1, 2048, 32752].flatMap((x) => {
  const half = x < 2048 ? 2 ** -11 : x === 2048 ? 1 : 8;
  return [-3, -1, 1, 3].flatMap((k) => [x + k * half, x + k * half * 1.25, -(x + k * half)]);
});

function castToNearest(): KernelSpec {
  const size = BESIDE_TIES.length;
  return spec(kernels.cast, {
    title: 'to float16, to nearest, ties to even',
    dtype: 'float32',
    operands: { x: given('float32', ...BESIDE_TIES), out: blank('float16', size) },
    params: { size },
    grid: [size, 1, 1],
  });
}

function casts(): KernelSpec[] {
  const toEach = DTYPES.flatMap((from) =>
    DTYPES.map((to) => {
      const isFloat = from === 'float32' || from === 'float16';
      const special = isFloat ? [Number.NaN, Infinity, -Infinity] : [];
      const x = given(from, ...CAST_FROM[from], ...special);
      const size = x.values.length;
      return spec(kernels.cast, {
        title: `to ${to}`,
        dtype: from,
        operands: { x, out: blank(to, size) },
        params: { size },
        grid: [size, 1, 1],
      });
    }),
  );
  return [...toEach, castToNearest()];
}

function gates(): KernelSpec[] {
  return GATES.flatMap((activation) =>
    FLOATS.map((dtype) =>
      spec(kernels.gated, {
        title: `${activation}, halves of one row`,
        dtype,
        operands: { gate: ordinary(dtype, 30), up: ordinary(dtype, 30), out: blank(dtype, 15) },
        params: { rows: 3, width: 5, gateRow: 10, gateOffset: 5, upRow: 10, upOffset: 0 },
        constants: { activation },
        grid: [5, 3, 1],
      }),
    ),
  );
}

export function elementwiseSpecs(): KernelSpec[] {
  return [...unaries(), ...binaries(), ...scalars(), ...selects(), ...casts(), ...gates()];
}
