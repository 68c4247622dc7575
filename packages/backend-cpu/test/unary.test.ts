import { DTYPES, UNARY_OPS, type UnaryOp, unarySupports } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { erf, erfc } from '../src/erf.js';
import { unary } from '../src/kernels/elementwise.js';
import { output, ramp, refusal } from './execute.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const parameters = { alpha: -0.5, beta: 2 };

function run(op: UnaryOp, x: Float32Array, params = parameters): number[] {
  const bindings = { x, out: new Float32Array(x.length) };
  return output(unary, { bindings, params: { size: x.length, ...params }, constants: { op } });
}

/** Pairs of an argument and its result, from the definition of the function or a table of it. */
// biome-ignore format: one op to a line
const EXPECTED: Readonly<Record<Exclude<UnaryOp, 'logical_not'>, readonly (readonly [number, number])[]>> = {
  abs: [[-1.5, 1.5], [-0, 0], [-inf, inf], [nan, nan], [-1e-45, 1e-45]],
  neg: [[1.5, -1.5], [0, -0], [-0, 0], [inf, -inf], [nan, nan]],
  sign: [[-3, -1], [2, 1], [0, 0], [-0, -0], [-inf, -1], [1e-45, 1], [nan, nan]],
  floor: [[1.5, 1], [-1.5, -2], [-0, -0], [inf, inf], [nan, nan], [3e9, 3e9]],
  ceil: [[1.5, 2], [-1.5, -1], [-0.5, -0], [-inf, -inf], [nan, nan]],
  round: [[0.5, 0], [1.5, 2], [2.5, 2], [-0.5, -0], [-1.5, -2], [-2.5, -2], [-0.3, -0], [0.7, 1], [inf, inf], [nan, nan]],
  exp: [[0, 1], [1, Math.E], [-inf, 0], [inf, inf], [100, inf], [-200, 0], [nan, nan]],
  log: [[1, 0], [Math.E, 1], [0, -inf], [-0, -inf], [-1, nan], [inf, inf], [nan, nan]],
  sqrt: [[4, 2], [2, Math.SQRT2], [-0, -0], [-1, nan], [inf, inf], [nan, nan]],
  rsqrt: [[4, 0.5], [0, inf], [-0, -inf], [inf, 0], [-1, nan], [nan, nan]],
  reciprocal: [[4, 0.25], [0, inf], [-0, -inf], [-inf, -0], [nan, nan]],
  square: [[-3, 9], [-0, 0], [1e30, inf], [-inf, inf], [nan, nan]],
  sin: [[0, 0], [-0, -0], [1, 0.8414709848078965], [inf, nan], [nan, nan]],
  cos: [[0, 1], [1, 0.5403023058681398], [-inf, nan], [nan, nan]],
  tanh: [[0, 0], [-0, -0], [1, 0.7615941559557649], [inf, 1], [-inf, -1], [nan, nan]],
  erf: [[0, 0], [-0, -0], [1, 0.8427007929497149], [-2, -0.9953222650189527], [inf, 1], [-inf, -1], [nan, nan]],
  sigmoid: [[0, 0.5], [1, 0.7310585786300049], [-inf, 0], [inf, 1], [-1000, 0], [nan, nan]],
  silu: [[0, 0], [1, 0.7310585786300049], [-20, -4.122307e-8], [inf, inf], [-inf, nan], [nan, nan]],
  gelu_erf: [[0, 0], [1, 0.8413447460685429], [-1, -0.15865525393145707], [-6, -5.9195268e-9], [inf, inf], [nan, nan]],
  gelu_tanh: [[0, 0], [1, 0.8411919906082768], [-1, -0.15880800939172324], [inf, inf], [nan, nan]],
  quick_gelu: [[0, 0], [1, 0.8457957659328212], [inf, inf], [nan, nan]],
  softplus: [[0, Math.LN2], [1, 1.3132616875182228], [1000, 1000], [inf, inf], [-inf, 0], [nan, nan]],
  relu: [[1.5, 1.5], [-1.5, 0], [-0, 0], [inf, inf], [-inf, 0], [nan, nan]],
  leaky_relu: [[2, 2], [-2, 1], [inf, inf], [-inf, inf], [nan, nan]], // alpha -0.5
  clamp: [[0, 0], [-1, -0.5], [3, 2], [-inf, -0.5], [inf, 2], [nan, nan]], // to [-0.5, 2]
};

describe('unary of floats', () => {
  test.each(Object.entries(EXPECTED))('%s', (op, pairs) => {
    const got = run(
      op as UnaryOp,
      Float32Array.from(pairs, ([x]) => x),
    );
    for (const [i, [x, want]] of pairs.entries()) {
      const rounded = Math.fround(want);
      const tolerance = 2 ** -22 * Math.abs(rounded); // of the argument's rounding to float32
      const near = Math.abs(got[i] - rounded) <= tolerance && Number.isFinite(rounded);
      expect(
        Object.is(got[i], rounded) || (near && rounded !== 0),
        `${op}(${x}) = ${got[i]}, not ${want}`,
      ).toBe(true);
    }
  });

  test('keeps subnormal numbers', () => {
    expect(run('neg', Float32Array.of(1e-45, 1e-40))).toEqual([Math.fround(-1e-45), Math.fround(-1e-40)]);
  });

  test('takes no element and an odd number of them', () => {
    expect(run('relu', new Float32Array(0))).toEqual([]);
    const x = ramp(33);
    expect(run('square', x)).toEqual(Array.from(x, (value) => Math.fround(value * value)));
  });

  test('float16 is computed from and rounded to float16', () => {
    const x = Float32Array.of(0.1, 300, 1e-6);
    const bindings = { x, out: new Float32Array(3) };
    const dtypes = { x: 'float16', out: 'float16' } as const;
    const params = { size: 3, ...parameters };
    // 0.1 is 0.0999755859375 and its square 1310.08 * 2^-17; 90000 is too much, 1e-12 too little.
    const want = [1310 * 2 ** -17, Infinity, 0];
    expect(output(unary, { bindings, dtypes, params, constants: { op: 'square' } })).toEqual(want);
  });
});

describe('unary of other dtypes', () => {
  test('int32 wraps', () => {
    const x = Int32Array.of(-3, 0, 5, -0x80000000, 0x7fffffff);
    const expected: Partial<Record<UnaryOp, number[]>> = {
      abs: [3, 0, 5, -0x80000000, 0x7fffffff],
      neg: [3, 0, -5, -0x80000000, -0x7fffffff],
      sign: [-1, 0, 1, -1, 1],
      square: [9, 0, 25, 0, 1],
      relu: [0, 0, 5, 0, 0x7fffffff],
      clamp: [-2, 0, 3, -2, 3],
    };
    for (const op of UNARY_OPS.filter((candidate) => unarySupports(candidate, 'int32'))) {
      const bindings = { x, out: new Int32Array(5) };
      const params = { size: 5, alpha: -2.9, beta: 3.9 }; // bounds are cut towards zero
      expect(output(unary, { bindings, params, constants: { op } }), op).toEqual(expected[op]);
    }
  });

  test('uint32 wraps', () => {
    const bindings = { x: Uint32Array.of(3, 0xffffffff, 0x10000), out: new Uint32Array(3) };
    const params = { size: 3, alpha: -Infinity, beta: Infinity };
    expect(output(unary, { bindings, params, constants: { op: 'square' } })).toEqual([9, 1, 0]);
    expect(output(unary, { bindings, params, constants: { op: 'clamp' } })).toEqual([3, 0xffffffff, 0x10000]);
  });

  test('logical_not of bool', () => {
    const bindings = { x: Uint8Array.of(0, 1, 1), out: new Uint8Array(3) };
    const dtypes = { x: 'bool', out: 'bool' } as const;
    expect(
      output(unary, { bindings, dtypes, params: { size: 3 }, constants: { op: 'logical_not' } }),
    ).toEqual([1, 0, 0]);
  });

  test('every op and dtype either works or is refused', () => {
    for (const dtype of DTYPES) {
      for (const op of UNARY_OPS) {
        const reason = refusal(unary, { op }, { x: dtype, out: dtype });
        expect(reason === undefined, `${op} of ${dtype}: ${reason}`).toBe(unarySupports(op, dtype));
      }
    }
    expect(refusal(unary, { op: 'exp' }, { x: 'float32', out: 'float16' })).toBeDefined();
  });
});

describe('erf', () => {
  /** Power series, A&S 7.1.6: all terms are positive. */
  function series(x: number): number {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }

  test('agrees with the power series', () => {
    for (let x = -5; x <= 5; x += 0.0137) {
      expect(Math.abs(erf(x) - series(x))).toBeLessThan(1e-14);
      expect(Math.abs(erfc(x) - (1 - series(x)))).toBeLessThan(1e-14);
    }
  });

  test('erfc keeps its digits in the tail', () => {
    expect(erfc(5) / 1.5374597944280349e-12).toBeCloseTo(1, 12);
    expect(erfc(10) / 2.0884875837625449e-45).toBeCloseTo(1, 12);
    expect([erfc(30), erfc(inf), erfc(-inf)]).toEqual([0, 0, 2]);
  });
});
