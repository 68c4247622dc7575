import { DTYPES, type DType } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { cast, gated, select } from '../src/kernels/elementwise.js';
import { axes, execute, output, ramp, refusal, strides } from './execute.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('select', () => {
  test('broadcasts all three', () => {
    const setup = {
      bindings: {
        condition: Uint8Array.of(0, 1, 2), // anything but 0 is true
        a: Float32Array.of(nan, -inf),
        b: Float32Array.of(7),
        out: new Float32Array(6),
      },
      params: { size: 6, shape: axes(2, 3), conditionStrides: strides(0, 1), aStrides: strides(1, 0) },
    };
    expect(output(select, setup)).toEqual([7, nan, nan, 7, -inf, -inf]);
  });

  test.each(DTYPES)('takes %s', (dtype) => {
    const make = (...values: number[]) => memory(dtype, values);
    const setup = {
      bindings: { condition: Uint8Array.of(1, 0, 1), a: make(1, 1, 1), b: make(0, 0, 0), out: make(0, 0, 0) },
      dtypes: { a: dtype, b: dtype, out: dtype, condition: 'bool' as const },
      params: {
        size: 3,
        shape: axes(3),
        conditionStrides: strides(1),
        aStrides: strides(1),
        bStrides: strides(1),
      },
    };
    expect(output(select, setup)).toEqual([1, 0, 1]);
    expect(
      refusal(select, {}, { a: dtype, b: dtype, out: dtype === 'bool' ? 'uint8' : 'bool' }),
    ).toBeDefined();
  });
});

function memory(dtype: DType, values: readonly number[]) {
  if (dtype === 'float32' || dtype === 'float16') return Float32Array.from(values);
  if (dtype === 'int32') return Int32Array.from(values);
  return dtype === 'uint32' ? Uint32Array.from(values) : Uint8Array.from(values);
}

describe('cast', () => {
  const SOURCES: Readonly<Record<DType, readonly number[]>> = {
    float32: [1.9, -1.9, -0, 3e9, -3e9, 5e9, 256, nan, inf, -inf, 1e-45],
    float16: [1.5, -1.5, 2048, 65504, nan, -inf, 2 ** -24],
    int32: [-1, 0, 300, -0x80000000, 0x7fffffff, 16777217],
    uint32: [0, 300, 0xffffffff, 0x80000000, 16777217],
    uint8: [0, 1, 255],
    bool: [0, 1],
  };

  const EXPECTED: Readonly<Record<DType, Readonly<Record<DType, readonly number[]>>>> = {
    float32: {
      float32: [1.9, -1.9, -0, 3e9, -3e9, 5e9, 256, nan, inf, -inf, 1e-45].map(Math.fround),
      float16: [1.900390625, -1.900390625, -0, inf, -inf, inf, 256, nan, inf, -inf, 0],
      int32: [1, -1, 0, 0x7fffffff, -0x80000000, 0x7fffffff, 256, 0, 0x7fffffff, -0x80000000, 0],
      uint32: [1, 0, 0, 3e9, 0, 0xffffffff, 256, 0, 0xffffffff, 0, 0],
      uint8: [1, 0, 0, 255, 0, 255, 255, 0, 255, 0, 0],
      bool: [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1],
    },
    float16: {
      float32: [1.5, -1.5, 2048, 65504, nan, -inf, 2 ** -24],
      float16: [1.5, -1.5, 2048, 65504, nan, -inf, 2 ** -24],
      int32: [1, -1, 2048, 65504, 0, -0x80000000, 0],
      uint32: [1, 0, 2048, 65504, 0, 0, 0],
      uint8: [1, 0, 255, 255, 0, 0, 0],
      bool: [1, 1, 1, 1, 1, 1, 1],
    },
    int32: {
      float32: [-1, 0, 300, -0x80000000, 0x80000000, 16777216],
      float16: [-1, 0, 300, -inf, inf, inf],
      int32: [-1, 0, 300, -0x80000000, 0x7fffffff, 16777217],
      uint32: [0xffffffff, 0, 300, 0x80000000, 0x7fffffff, 16777217],
      uint8: [255, 0, 44, 0, 255, 1],
      bool: [1, 0, 1, 1, 1, 1],
    },
    uint32: {
      float32: [0, 300, 2 ** 32, 2 ** 31, 16777216],
      float16: [0, 300, inf, inf, inf],
      int32: [0, 300, -1, -0x80000000, 16777217],
      uint32: [0, 300, 0xffffffff, 0x80000000, 16777217],
      uint8: [0, 44, 255, 0, 1],
      bool: [0, 1, 1, 1, 1],
    },
    uint8: {
      float32: [0, 1, 255],
      float16: [0, 1, 255],
      int32: [0, 1, 255],
      uint32: [0, 1, 255],
      uint8: [0, 1, 255],
      bool: [0, 1, 1],
    },
    bool: { float32: [0, 1], float16: [0, 1], int32: [0, 1], uint32: [0, 1], uint8: [0, 1], bool: [0, 1] },
  };

  const pairs = DTYPES.flatMap((from) => DTYPES.map((to) => [from, to] as const));
  test.each(pairs)('%s to %s', (from, to) => {
    const x = memory(from, SOURCES[from]);
    const bindings = { x, out: memory(to, SOURCES[from]) };
    const setup = { bindings, dtypes: { x: from, out: to }, params: { size: x.length } };
    expect(output(cast, setup)).toEqual(EXPECTED[from][to]);
  });

  test('takes no element', () => {
    const bindings = { x: new Float32Array(0), out: new Int32Array(0) };
    expect(output(cast, { bindings, params: { size: 0 } })).toEqual([]);
  });
});

describe('gated', () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  test('multiplies by the activation, both halves of one tensor', () => {
    const [rows, width] = [3, 5];
    const x = ramp(rows * 2 * width, 1);
    const params = { rows, width, gateRow: 2 * width, gateOffset: width, upRow: 2 * width };
    const bindings = { gate: x, up: x, out: new Float32Array(rows * width) };
    const { out } = execute(gated, { bindings, params, constants: { activation: 'silu' } });
    for (let i = 0; i < out.length; i++) {
      const at = Math.floor(i / width) * 2 * width + (i % width);
      expect(out[i]).toBe(Math.fround(x[at] * (x[at + width] * sigmoid(x[at + width]))));
    }
  });

  test.each([
    ['sigmoid', 0.7310585786300049],
    ['silu', 0.7310585786300049],
    ['gelu_erf', 0.8413447460685429],
    ['gelu_tanh', 0.8411919906082768],
  ])('%s', (activation, want) => {
    const bindings = { gate: Float32Array.of(1), up: Float32Array.of(2), out: new Float32Array(1) };
    const params = { rows: 1, width: 1, gateRow: 1, upRow: 1 };
    expect(output(gated, { bindings, params, constants: { activation } })[0]).toBeCloseTo(2 * want, 6);
  });
});
