import { type ParamSpec, ParamStruct, type ParamValues, ReplayParam } from '@wick/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../helpers/errors.js';

function encode<S extends ParamSpec>(struct: ParamStruct<S>, values: ParamValues<S>, offset = 0) {
  const bytes = new DataView(new ArrayBuffer(offset + struct.byteLength));
  const patches = struct.encode(values, bytes, offset);
  return { bytes, patches };
}

describe('the layout of a parameter struct', () => {
  // Expectations worked out by hand from the WGSL specification, "Alignment and Size": scalars at
  // multiples of 4, vec4 and arrays of vec4 at multiples of 16, a uniform struct a multiple of 16 long.
  it.each<[string, ParamSpec, readonly number[], number]>([
    ['nothing', {}, [], 0],
    ['one scalar', { a: 'u32' }, [0], 16],
    ['four scalars', { a: 'u32', b: 'i32', c: 'f32', d: 'u32' }, [0, 4, 8, 12], 16],
    ['five scalars', { a: 'u32', b: 'u32', c: 'u32', d: 'u32', e: 'u32' }, [0, 4, 8, 12, 16], 32],
    ['a vector behind a scalar', { a: 'u32', v: 'u32x4' }, [0, 16], 32],
    ['a scalar behind a vector', { v: 'f32x4', a: 'u32' }, [0, 16], 32],
    ['two vectors in a row', { v: 'u32x8', w: 'i32x4' }, [0, 32], 48],
    [
      'scalars between vectors',
      { a: 'u32', v: 'u32x4', b: 'f32', w: 'i32x8', c: 'i32' },
      [0, 16, 32, 48, 80],
      96,
    ],
  ])('of %s', (_, spec, offsets, byteLength) => {
    const struct = new ParamStruct(spec);
    expect(struct.fields.map(({ offset }) => offset)).toEqual(offsets);
    expect(struct.byteLength).toBe(byteLength);
  });

  it('is little-endian, arrays filled up with zeros', () => {
    const struct = new ParamStruct({ a: 'u32', v: 'i32x4', b: 'f32' });
    const { bytes } = encode(struct, { a: 0x01020304, v: [-1, 2], b: 1 }, 16);
    const at = (offset: number) => [...new Uint8Array(bytes.buffer, 16 + offset, 4)];
    expect(at(0)).toEqual([4, 3, 2, 1]);
    expect(at(16)).toEqual([255, 255, 255, 255]);
    expect(at(20)).toEqual([2, 0, 0, 0]);
    expect(at(24)).toEqual([0, 0, 0, 0]);
    expect(at(32)).toEqual([0, 0, 0x80, 0x3f]);
    expect([...new Uint8Array(bytes.buffer, 0, 16)]).toEqual(new Array(16).fill(0));
  });
});

const types = {
  u32: fc.nat(0xffffffff),
  i32: fc.integer(),
  f32: fc.float(),
  u32x4: fc.array(fc.nat(0xffffffff), { maxLength: 4 }),
  i32x4: fc.array(fc.integer(), { maxLength: 4 }),
  f32x4: fc.array(fc.float(), { maxLength: 4 }),
  u32x8: fc.array(fc.nat(0xffffffff), { maxLength: 8 }),
  i32x8: fc.array(fc.integer(), { maxLength: 8 }),
} as const;

describe('encode and decode', () => {
  it('give back what was given, arrays padded with zeros', () => {
    const field = fc
      .constantFrom(...(Object.keys(types) as (keyof typeof types)[]))
      .chain((type) => types[type].map((value) => ({ type, value })));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), fc.constantFrom(0, 16, 256), (fields, offset) => {
        const struct = new ParamStruct(Object.fromEntries(fields.map(({ type }, i) => [`f${i}`, type])));
        const values = Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value]));
        const { bytes, patches } = encode(struct, values, offset);
        const expected = fields.map(({ type, value }, i) => {
          const length = Number(type.split('x')[1] ?? 1);
          const full = typeof value === 'number' ? value : Array.from({ length }, (_, k) => value[k] ?? 0);
          return [`f${i}`, full];
        });
        expect(struct.decode(bytes, offset)).toEqual(Object.fromEntries(expected));
        expect(patches).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  const struct = new ParamStruct({ n: 'u32', i: 'i32', x: 'f32', v: 'u32x4' });
  const good = { n: 1, i: 2, x: 3, v: [4] };

  it.each<[string, object]>([
    ['a missing field', { n: 1, i: 2, x: 3 }],
    ['a negative u32', { ...good, n: -1 }],
    ['a u32 of 2^32', { ...good, n: 2 ** 32 }],
    ['a fractional u32', { ...good, n: 1.5 }],
    ['a NaN u32', { ...good, n: Number.NaN }],
    ['an i32 of 2^31', { ...good, i: 2 ** 31 }],
    ['an i32 below -2^31', { ...good, i: -(2 ** 31) - 1 }],
    ['a string', { ...good, n: '1' }],
    ['an array for a scalar', { ...good, n: [1] }],
    ['a scalar for an array', { ...good, v: 4 }],
    ['a replay parameter for an array', { ...good, v: new ReplayParam('v', 4) }],
    ['an array that is too long', { ...good, v: [1, 2, 3, 4, 5] }],
    ['an array with a hole', { ...good, v: [1, undefined] }],
    ['an array with a bad element', { ...good, v: [1, -1] }],
  ])('refuse %s', (_, values) => {
    expect(codeOf(() => encode(struct, values as typeof good))).toBe('INVALID_ARGUMENT');
  });

  it('take the extremes of their types', () => {
    const extremes = { n: 0xffffffff, i: -(2 ** 31), x: Number.NEGATIVE_INFINITY, v: [0xffffffff, 0, 0, 0] };
    expect(struct.decode(encode(struct, extremes).bytes, 0)).toEqual(extremes);
  });

  it('name the scalars that a replay supplies, and write their first values', () => {
    const position = new ReplayParam('position', 7);
    const { bytes, patches } = encode(struct, { ...good, n: position, i: position.plus(-8), x: 0.5 });
    expect(struct.decode(bytes, 0)).toMatchObject({ n: 7, i: -1 });
    expect(patches).toEqual([
      { offset: 0, type: 'u32', param: position },
      { offset: 4, type: 'i32', param: new ReplayParam('position', 7, -8) },
    ]);
    expect(position.plus(2).plus(3).value).toBe(12);
  });

  it('know no other types', () => {
    for (const type of ['u16', 'toString', '']) {
      expect(codeOf(() => new ParamStruct({ a: type as 'u32' }))).toBe('INVALID_ARGUMENT');
    }
  });
});
