import { BINARY_OPS, type BinaryOp, binaryResult, binarySupports, DTYPES, type DType } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { binary, binaryScalar } from '../src/kernels/elementwise.js';
import { axes, execute, output, ramp, refusal, strides } from './execute.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function array(dtype: DType, values: readonly number[]) {
  if (dtype === 'float32' || dtype === 'float16') return Float32Array.from(values);
  if (dtype === 'int32') return Int32Array.from(values);
  return dtype === 'uint32' ? Uint32Array.from(values) : Uint8Array.from(values);
}

function run(op: BinaryOp, dtype: DType, a: readonly number[], b: readonly number[]): number[] {
  const result = binaryResult(op, dtype);
  const bindings = { a: array(dtype, a), b: array(dtype, b), out: array(result, a) };
  const dtypes = { a: dtype, b: dtype, out: result };
  return output(binary, {
    bindings,
    dtypes,
    params: { size: a.length },
    constants: { op, layout: 'contiguous' },
  });
}

/** The same with each element of `b` as the scalar, and the operands swapped where `reversed`. */
function runScalar(
  op: BinaryOp,
  dtype: DType,
  a: readonly number[],
  b: readonly number[],
  reversed: boolean,
): number[] {
  const result = binaryResult(op, dtype);
  const dtypes = { x: dtype, out: result };
  const isFloat = dtype === 'float32' || dtype === 'float16';
  return (reversed ? b : a).flatMap((x, i) => {
    const scalar = reversed ? a[i] : b[i];
    const bindings = { x: array(dtype, [x]), out: array(result, [0]) };
    const params = { size: 1, ...(isFloat ? { scalar } : { integer: scalar | 0 }) };
    return output(binaryScalar, { bindings, dtypes, params, constants: { op, reversed } });
  });
}

type Cases = Readonly<
  Partial<Record<BinaryOp, readonly (readonly [a: number, b: number, result: number])[]>>
>;

// biome-ignore format: one op to a line
const FLOAT: Cases = {
  add: [[1.5, 2, 3.5], [inf, -inf, nan], [nan, 1, nan], [-0, -0, -0], [3e38, 3e38, inf]],
  sub: [[1.5, 2, -0.5], [inf, inf, nan], [1, nan, nan], [0, 0, 0]],
  mul: [[1.5, -2, -3], [0, inf, nan], [nan, 0, nan], [-0, 2, -0], [1e-30, 1e-30, 0]],
  div: [[3, -2, -1.5], [1, 0, inf], [1, -0, -inf], [0, 0, nan], [nan, 1, nan], [1, inf, 0]],
  pow: [[2, 3, 8], [4, 0.5, 2], [-2, 3, -8], [-2, 0.5, nan], [0, 0, 1], [nan, 0, 1], [1, nan, 1], [1, inf, 1], [-1, -inf, 1], [2, -inf, 0], [nan, 2, nan], [0, -1, inf]],
  min: [[1, 2, 1], [nan, 1, nan], [1, nan, nan], [-inf, 1, -inf], [0, -0, -0]],
  max: [[1, 2, 2], [nan, 1, nan], [1, nan, nan], [inf, 1, inf], [-0, 0, 0]],
  eq: [[1, 1, 1], [1, 2, 0], [nan, nan, 0], [0, -0, 1], [inf, inf, 1]],
  ne: [[1, 1, 0], [1, 2, 1], [nan, nan, 1], [nan, 1, 1]],
  lt: [[1, 2, 1], [2, 2, 0], [nan, 1, 0], [1, nan, 0], [-inf, inf, 1]],
  le: [[1, 2, 1], [2, 2, 1], [3, 2, 0], [nan, nan, 0]],
  gt: [[2, 1, 1], [2, 2, 0], [nan, 1, 0], [1, nan, 0]],
  ge: [[2, 1, 1], [2, 2, 1], [1, 2, 0], [nan, nan, 0]],
};

const COMPARE: Cases = {
  eq: [
    [1, 1, 1],
    [1, 2, 0],
  ],
  ne: [
    [1, 1, 0],
    [1, 2, 1],
  ],
  lt: [
    [1, 2, 1],
    [2, 2, 0],
    [3, 2, 0],
  ],
  le: [
    [1, 2, 1],
    [2, 2, 1],
    [3, 2, 0],
  ],
  gt: [
    [1, 2, 0],
    [2, 2, 0],
    [3, 2, 1],
  ],
  ge: [
    [1, 2, 0],
    [2, 2, 1],
    [3, 2, 1],
  ],
};

const least = -0x80000000;
// biome-ignore format: one op to a line
const INT32: Cases = {
  ...COMPARE,
  add: [[3, -5, -2], [0x7fffffff, 1, least], [least, -1, 0x7fffffff]],
  sub: [[3, -5, 8], [least, 1, 0x7fffffff]],
  mul: [[3, -5, -15], [0x10001, 0x10001, 0x20001], [0x7fffffff, 0x7fffffff, 1]],
  div: [[7, 2, 3], [-7, 2, -3], [7, -2, -3], [5, 0, 0], [-5, 0, 0], [least, -1, least]],
  min: [[-1, 1, -1], [least, 0, least]],
  max: [[-1, 1, 1], [least, 0, 0]],
};

// biome-ignore format: one op to a line
const UINT32: Cases = {
  ...COMPARE,
  add: [[3, 5, 8], [0xffffffff, 2, 1]],
  sub: [[3, 5, 0xfffffffe], [5, 3, 2]],
  mul: [[3, 5, 15], [0xffffffff, 0xffffffff, 1], [0xffffffff, 2, 0xfffffffe]],
  div: [[7, 2, 3], [0xffffffff, 2, 0x7fffffff], [5, 0, 0]],
  min: [[1, 0xffffffff, 1]],
  max: [[1, 0xffffffff, 0xffffffff]],
  gt: [[0xffffffff, 1, 1]],
};

// biome-ignore format: one op to a line
const BOOL: Cases = {
  eq: [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]],
  ne: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]],
  and: [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]],
  or: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]],
  xor: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]],
};

/** Values that float16 holds or overflows alike are good for both. */
const FLOAT16: Cases = {
  ...FLOAT,
  add: [
    [1.5, 2, 3.5],
    [65504, 65504, inf],
    [1, 2 ** -11, 1],
  ],
};

const TABLE: Readonly<Record<DType, Cases>> = {
  float32: FLOAT,
  float16: FLOAT16,
  int32: INT32,
  uint32: UINT32,
  uint8: COMPARE,
  bool: BOOL,
};

describe.each(DTYPES)('binary of %s', (dtype) => {
  test('every op either works or is refused', () => {
    for (const op of BINARY_OPS) {
      const reason = refusal(
        binary,
        { op, layout: 'contiguous' },
        { a: dtype, b: dtype, out: binaryResult(op, dtype) },
      );
      expect(reason === undefined, `${op}: ${reason}`).toBe(binarySupports(op, dtype));
      expect(TABLE[dtype][op] !== undefined, `${op} has cases`).toBe(binarySupports(op, dtype));
    }
  });

  test.each(Object.keys(TABLE[dtype]))('%s', (name) => {
    const op = name as BinaryOp;
    const cases = TABLE[dtype][op] ?? [];
    const [a, b, want] = [0, 1, 2].map((column) => cases.map((row) => row[column]));
    expect(run(op, dtype, a, b)).toEqual(want);
    if (!binaryScalar.contract.bindings[0].dtypes.includes(dtype)) return;
    expect(runScalar(op, dtype, a, b, false)).toEqual(want);
    expect(runScalar(op, dtype, a, b, true)).toEqual(want);
  });
});

describe('binary', () => {
  test('broadcasts', () => {
    const bindings = { a: Int32Array.of(1, 2, 3), b: Int32Array.of(10, 20), out: new Int32Array(6) };
    const params = { size: 6, shape: axes(2, 3), aStrides: strides(0, 1), bStrides: strides(1, 0) };
    const constants = { op: 'add', layout: 'broadcast' };
    expect(output(binary, { bindings, params, constants })).toEqual([11, 12, 13, 21, 22, 23]);
  });

  test('walks eight axes', () => {
    const x = ramp(2 ** 8);
    const reversed = Array.from({ length: 8 }, (_, axis) => 2 ** axis); // all axes swapped
    const params = {
      size: 256,
      shape: Array(8).fill(2),
      aStrides: reversed,
      bStrides: [...reversed].reverse(),
    };
    const setup = { bindings: { a: x, b: x, out: new Float32Array(256) }, params };
    const { out } = execute(binary, { ...setup, constants: { op: 'sub', layout: 'broadcast' } });
    const flip = (i: number) =>
      Number.parseInt(i.toString(2).padStart(8, '0').split('').reverse().join(''), 2);
    expect(out).toEqual(x.map((value, i) => x[flip(i)] - value));
  });

  test('takes no element', () => {
    expect(run('add', 'float32', [], [])).toEqual([]);
    const bindings = { a: new Float32Array(0), b: new Float32Array(1), out: new Float32Array(0) };
    const params = { size: 0, shape: axes(0, 3), aStrides: strides(3, 1), bStrides: strides(0, 0) };
    expect(output(binary, { bindings, params, constants: { op: 'add', layout: 'broadcast' } })).toEqual([]);
  });

  test('refuses dtypes that do not fit together', () => {
    const constants = { op: 'add', layout: 'contiguous' };
    expect(refusal(binary, constants, { a: 'float32', b: 'float16', out: 'float32' })).toBeDefined();
    expect(refusal(binary, constants, { a: 'float32', b: 'float32', out: 'bool' })).toBeDefined();
    expect(
      refusal(binaryScalar, { op: 'eq', reversed: false }, { x: 'float32', out: 'float32' }),
    ).toBeDefined();
  });
});
