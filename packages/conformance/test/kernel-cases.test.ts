/** That the kernel cases cover the catalogue, and that the reference alone is enough to fail them. */

import { type DType, kernels, UNARY_OPS, unarySupports } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { compare } from '../src/kernels/compare.js';
import { kernelCases, kernelSpecs } from '../src/kernels/kernel-cases.js';
import { GuardedImage } from '../src/kernels/memory.js';
import { TOLERANCES } from '../src/kernels/tolerance.js';

const catalogue = Object.values(kernels);

/** The binding whose dtype a report files a kernel under. */
const MAIN_BINDINGS = ['x', 'a', 'q', 'target', 'gate', 't', 'out'];

/** No op is defined for every dtype that the contract of `unary` allows. */
const hasUnary = (dtype: DType) => UNARY_OPS.some((op) => unarySupports(op, dtype));

describe('kernel cases', () => {
  const specs = kernelSpecs();

  it('have names of their own', () => {
    const names = kernelCases().map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(catalogue.map((kernel) => [kernel.name, kernel] as const))(
    'cover %s',
    (name, { bindings, constants }) => {
      const own = specs.filter(({ kernel }) => kernel.name === name);
      expect(own.length).toBeGreaterThanOrEqual(2);
      const main = bindings.find((binding) => MAIN_BINDINGS.includes(binding.name));
      const taken = main?.dtypes.filter((dtype) => name !== 'unary' || hasUnary(dtype)) ?? [];
      expect([...new Set(own.map(({ dtype }) => dtype))].sort()).toEqual([...taken].sort());
      for (const [constant, values] of Object.entries(constants)) {
        const used = new Set(own.map((given) => given.constants[constant]));
        expect(new Set(values), constant).toEqual(used);
      }
      expect(TOLERANCES).toHaveProperty([name]);
    },
  );
});

describe('comparing with the reference', () => {
  const floats = (...values: number[]) => Float32Array.from(values);
  const tolerance = { rtol: 1e-3, atol: 0 };

  it('tells NaN, infinities and numbers apart', () => {
    const want = floats(Number.NaN, Infinity, -Infinity, 1);
    expect(compare(want, want, 'float32', tolerance)).toEqual({ count: 0 });
    const wrong = compare(floats(0, 3e38, Infinity, Number.NaN), want, 'float32', tolerance);
    expect(wrong).toMatchObject({ count: 4, first: { index: 0 } });
  });

  it('accepts what is close, and a subnormal that was flushed', () => {
    const { count, worst } = compare(floats(1.0005, 0), floats(1, 1e-40), 'float32', tolerance);
    expect(count).toBe(0);
    expect(worst?.share).toBeCloseTo(0.5, 2);
    expect(compare(floats(1.002), floats(1), 'float32', tolerance).count).toBe(1);
  });

  it('accepts what follows from operands that were flushed, and only there', () => {
    const exact = { rtol: 0, atol: 0, identical: true } as const;
    // 1e-40 * 1e38, sign(-1e-40), 0 / 1e-40, neg(1): as they are, and with zero for the subnormal.
    const want = floats(0.01, -1, 0, -1);
    const flushed = floats(0, -0, Number.NaN, -1);
    expect(compare(want, want, 'float32', exact, flushed)).toEqual({ count: 0 });
    expect(compare(floats(0, 0, Number.NaN, -1), want, 'float32', exact, flushed).count).toBe(0);
    expect(compare(floats(0.02, 1, 1, 0), want, 'float32', exact, flushed).count).toBe(4);
    expect(compare(floats(0, 0, Number.NaN, -1), want, 'float32', exact).count).toBe(3);
  });

  it('tells -0 from 0 where nothing rounds', () => {
    expect(compare(floats(0), floats(-0), 'float32', tolerance).count).toBe(0);
    expect(compare(floats(0), floats(-0), 'float32', { ...tolerance, identical: true }).count).toBe(1);
  });
});

describe('a guarded image', () => {
  it('notices a byte written in front of the operand, and one behind it', () => {
    const image = new GuardedImage({ dtype: 'uint8', values: [1, 2, 3] }, 64, true);
    expect(image.overrun(image.bytes)).toBeUndefined();
    for (const at of [-1, 3]) {
      const written = image.bytes.slice();
      written[64 + at] ^= 1;
      expect(image.overrun(written)).toBe(at);
    }
  });
});
