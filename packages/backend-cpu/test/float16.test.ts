import { describe, expect, test } from 'vitest';
import { decodeFloat16, encodeFloat16 } from '../src/float16.js';

function decode(...halves: number[]): number[] {
  const out = new Float32Array(halves.length);
  decodeFloat16(Uint16Array.from(halves), out);
  return Array.from(out);
}

function encode(...values: number[]): number[] {
  const out = new Uint16Array(values.length);
  encodeFloat16(Float32Array.from(values), out);
  return Array.from(out);
}

/** The value of a float16 by the formula of the standard. */
function value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

describe('decodeFloat16', () => {
  test('gives the value of every bit pattern', () => {
    const all = Array.from({ length: 0x10000 }, (_, i) => i);
    const decoded = decode(...all.slice(0, 0x8000)).concat(decode(...all.slice(0x8000)));
    expect(all.filter((half) => !Object.is(decoded[half], value(half)))).toEqual([]);
  });
});

describe('encodeFloat16', () => {
  test('gives back every bit pattern, NaN payloads too', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const decoded = new Float32Array(all.length);
    decodeFloat16(all, decoded);
    const encoded = new Uint16Array(all.length);
    encodeFloat16(decoded, encoded);
    expect(all.filter((half) => encoded[half] !== half)).toHaveLength(0);
  });

  test('keeps special values', () => {
    expect(encode(0, -0, Infinity, -Infinity)).toEqual([0, 0x8000, 0x7c00, 0xfc00]);
    const nan = new Float32Array(2);
    new Uint32Array(nan.buffer).set([0x7f800001, 0xffc00000]); // a payload below the bits that are kept
    expect(encode(...nan).every((half) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0)).toBe(true);
  });

  test('rounds halves to even, overflows to infinity, underflows to zero', () => {
    expect(encode(1 + 2 ** -11, 1 + 3 * 2 ** -11)).toEqual([0x3c00, 0x3c02]);
    expect(encode(65504, 65519.996, 65520, -65520)).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00]);
    expect(encode(2 ** -24, 2 ** -25, 2 ** -25 * (1 + 2 ** -20), 1e-30)).toEqual([1, 0, 1, 0]);
    expect(encode(1.5 * 2 ** -24, 2.5 * 2 ** -24)).toEqual([2, 2]);
    expect(encode(2 ** -14 - 2 ** -26)).toEqual([0x400]); // the last subnormal rounds up to a normal
  });

  test('rounds every midpoint of two neighbours, and what lies beside it, to the nearest', () => {
    const halves = Array.from({ length: 0x7bff }, (_, half) => half);
    const middles = halves.map((half) => (value(half) + value(half + 1)) / 2); // exact in float32
    const even = encode(...middles);
    const below = encode(...middles.map((middle) => middle * (1 - 2 ** -20)));
    const above = encode(...middles.map((middle) => middle * (1 + 2 ** -20)));
    const negative = encode(...middles.map((middle) => -middle));
    expect(halves.filter((half) => even[half] !== half + (half % 2))).toEqual([]);
    expect(halves.filter((half) => below[half] !== half || above[half] !== half + 1)).toEqual([]);
    expect(halves.filter((half) => negative[half] !== (even[half] | 0x8000))).toEqual([]);
  });

  test('rounds random float32 to the nearest', () => {
    const words = new Uint32Array(20_000);
    let state = 1;
    for (let i = 0; i < words.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      words[i] = i % 2 === 0 ? state : (state & 0x87ffffff) | 0x38000000; // half of them in float16's range
    }
    const floats = new Float32Array(words.buffer);
    const encoded = new Uint16Array(floats.length);
    encodeFloat16(floats, encoded);
    const isNearest = (x: number, half: number) => {
      if (Number.isNaN(x)) return Number.isNaN(value(half));
      if (Math.abs(x) >= 65520) return value(half) === Math.sign(x) * Infinity;
      const below = half & 0x7fff ? Math.abs(value(half - 1) - x) : Infinity;
      const above = (half & 0x7fff) === 0x7bff ? Infinity : Math.abs(value(half + 1) - x);
      return Math.abs(value(half) - x) <= Math.min(below, above);
    };
    expect(Array.from(floats).filter((x, i) => !isNearest(x, encoded[i]))).toEqual([]);
  });

  test('takes no elements', () => {
    expect(encode()).toEqual([]);
    expect(decode()).toEqual([]);
  });
});
