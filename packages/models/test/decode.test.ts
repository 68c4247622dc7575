import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canDecode,
  decodeFloat32,
  float16ToNumber,
  WEIGHT_TYPES,
  type WeightType,
  weightByteLength,
} from '../src/index.js';
import { failure } from './helpers/errors.js';
import { float16Bits, type QuantizedType, quantize } from './helpers/quantize.js';

const golden: Record<string, { bytes: string; values: string }> = JSON.parse(
  readFileSync(new URL('./golden/ggml-blocks.json', import.meta.url), 'utf8'),
);
const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const bytesOf = (array: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer);

describe('float16', () => {
  it('has the values of IEEE 754', () => {
    const values: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3c00, 1],
      [0x3c01, 1 + 2 ** -10],
      [0xc000, -2],
      [0x7bff, 65_504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
      [0x7e00, Number.NaN],
      [0xffff, Number.NaN],
    ];
    for (const [bits, value] of values) expect(float16ToNumber(bits)).toBe(value);
  });

  it('comes back from its value, for all 65,536', () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = float16ToNumber(bits);
      if (!Number.isNaN(value) && float16Bits(value) !== bits) expect(float16Bits(value)).toBe(bits);
    }
  });
});

describe('decodeFloat32', () => {
  const plain: [WeightType, Uint8Array, number[]][] = [
    ['F64', bytesOf(Float64Array.of(1.5, -2, 1e300)), [1.5, -2, Number.POSITIVE_INFINITY]],
    ['F32', bytesOf(Float32Array.of(1.5, -0, Number.NaN)), [1.5, -0, Number.NaN]],
    ['F16', bytesOf(Uint16Array.of(0x3e00, 0xc000)), [1.5, -2]],
    ['BF16', bytesOf(Uint16Array.of(0x3fc0, 0xc000, 0x7f80)), [1.5, -2, Number.POSITIVE_INFINITY]],
    ['I64', bytesOf(BigInt64Array.of(-3n, 2n ** 40n)), [-3, 2 ** 40]],
    ['I32', bytesOf(Int32Array.of(-3, 2 ** 30)), [-3, 2 ** 30]],
    ['I16', bytesOf(Int16Array.of(-3)), [-3]],
    ['I8', bytesOf(Int8Array.of(-3, 127)), [-3, 127]],
    ['U64', bytesOf(BigUint64Array.of(2n ** 63n)), [2 ** 63]],
    ['U32', bytesOf(Uint32Array.of(2 ** 31)), [2 ** 31]],
    ['U16', bytesOf(Uint16Array.of(65_535)), [65_535]],
    ['U8', bytesOf(Uint8Array.of(255)), [255]],
    ['BOOL', bytesOf(Uint8Array.of(0, 1)), [0, 1]],
  ];
  for (const [type, bytes, values] of plain) {
    it(`decodes ${type}, wherever it begins`, () => {
      expect(decodeFloat32(type, bytes)).toEqual(Float32Array.from(values));
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      expect(decodeFloat32(type, shifted.subarray(1))).toEqual(Float32Array.from(values));
      expect(decodeFloat32(type, new Uint8Array())).toHaveLength(0);
    });
  }

  const errors: Record<QuantizedType, number> = { Q8_0: 0.5 / 127, Q4_0: 0.5 / 7, Q4_K: 0.095, Q6_K: 0.025 };
  for (const type of ['Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'] as const) {
    it(`decodes ${type} as another implementation does`, () => {
      const { bytes, values } = golden[type];
      const want = new Float32Array(base64(values).buffer);
      const got = decodeFloat32(type, base64(bytes));
      expect(got).toHaveLength(want.length);
      for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThan(1e-5);
    });

    it(`comes near what was quantised to ${type}`, () => {
      const value = fc.float({ min: -1, max: 1, noNaN: true });
      fc.assert(
        fc.property(
          fc.array(value, { minLength: 512, maxLength: 512 }),
          fc.constantFrom(1, 1e-3, 50),
          (list, scale) => {
            const values = Float32Array.from(list, (x) => x * scale);
            const largest = Math.max(...values.map(Math.abs));
            const got = decodeFloat32(type, quantize(type, values));
            // Scales are float16, whose smallest steps are 2^-24.
            const bound = largest * (errors[type] + 0.002) + 1e-4;
            for (const [i, x] of got.entries()) expect(Math.abs(x - values[i])).toBeLessThanOrEqual(bound);
          },
        ),
        { numRuns: 10 },
      );
    });
  }

  it('refuses types that it does not know, and parts of blocks', async () => {
    const unknown = (Object.keys(WEIGHT_TYPES) as WeightType[]).filter((type) => !canDecode(type));
    expect(unknown).toContain('IQ2_XXS');
    for (const type of unknown) {
      const error = await failure('BAD_MODEL', () =>
        decodeFloat32(type, new Uint8Array(WEIGHT_TYPES[type].bytes)),
      );
      expect(error.message).toContain(type);
    }
    await failure('INVALID_ARGUMENT', () => decodeFloat32('Q8_0', new Uint8Array(33)));
    await failure('INVALID_ARGUMENT', () => decodeFloat32('F32', new Uint8Array(3)));
  });
});

describe('weightByteLength', () => {
  it('multiplies', () => {
    expect(weightByteLength('F32', [2, 3])).toBe(24);
    expect(weightByteLength('F16', [])).toBe(2);
    expect(weightByteLength('Q4_K', [3, 512])).toBe(3 * 2 * 144);
    expect(weightByteLength('F32', [0, 2 ** 50, 2 ** 50])).toBe(0);
  });

  it('has no answer beyond 2^53, for bad sizes and for parts of blocks', () => {
    expect(weightByteLength('U8', [2 ** 53 - 1])).toBe(2 ** 53 - 1);
    expect(weightByteLength('U8', [2 ** 27, 2 ** 26])).toBeUndefined();
    expect(weightByteLength('F64', [2 ** 51])).toBeUndefined();
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) expect(weightByteLength('U8', [size])).toBeUndefined();
    expect(weightByteLength('Q8_0', [32, 16])).toBeUndefined();
    expect(weightByteLength('Q8_0', [])).toBeUndefined();
  });
});
