import { describe, expect, it } from 'vitest';
import { decodeFloat32, openGguf, parseGguf, type WeightType } from '../src/index.js';
import { failure } from './helpers/errors.js';
import { type TestTensor, type TestValue, writeGguf, zeros } from './helpers/gguf.js';
import { quantize } from './helpers/quantize.js';
import { countingSource, sparseSource } from './helpers/source.js';

const metadata: [string, TestValue][] = [
  ['u8', ['UINT8', 255]],
  ['i8', ['INT8', -1]],
  ['u16', ['UINT16', 65_535]],
  ['i16', ['INT16', -32_768]],
  ['u32', ['UINT32', 4_294_967_295]],
  ['i32', ['INT32', -5]],
  ['f32', ['FLOAT32', 0.5]],
  ['no', ['BOOL', false]],
  ['yes', ['BOOL', true]],
  ['text', ['STRING', 'Grüße 🙂 to all of you who read this, from a text above 64 bytes']],
  ['empty', ['STRING', '']],
  ['u64', ['UINT64', 2 ** 53 - 1]],
  ['u64 above', ['UINT64', 2n ** 64n - 1n]],
  ['i64', ['INT64', -7]],
  ['i64 below', ['INT64', -(2n ** 60n)]],
  ['f64', ['FLOAT64', Math.PI]],
  ['u8s', ['ARRAY', 'UINT8', [1, 2]]],
  ['i8s', ['ARRAY', 'INT8', [-1, 2]]],
  ['u16s', ['ARRAY', 'UINT16', [1, 2]]],
  ['i16s', ['ARRAY', 'INT16', [-1, 2]]],
  ['u32s', ['ARRAY', 'UINT32', [1, 2]]],
  ['i32s', ['ARRAY', 'INT32', [-1, 2]]],
  ['f32s', ['ARRAY', 'FLOAT32', [0.25, -1]]],
  ['u64s', ['ARRAY', 'UINT64', [1n, 2n ** 63n]]],
  ['i64s', ['ARRAY', 'INT64', [-1n]]],
  ['f64s', ['ARRAY', 'FLOAT64', [Math.E]]],
  ['bools', ['ARRAY', 'BOOL', [true, false]]],
  ['texts', ['ARRAY', 'STRING', ['a', 'ü', '']]],
  ['none', ['ARRAY', 'STRING', []]],
  [
    'nested',
    [
      'ARRAY',
      'ARRAY',
      [
        ['ARRAY', 'INT8', [1]],
        ['ARRAY', 'STRING', ['x']],
      ],
    ],
  ],
];

const expected: Record<string, unknown> = {
  u8: 255,
  i8: -1,
  u16: 65_535,
  i16: -32_768,
  u32: 4_294_967_295,
  i32: -5,
  f32: 0.5,
  no: false,
  yes: true,
  text: 'Grüße 🙂 to all of you who read this, from a text above 64 bytes',
  empty: '',
  u64: 2 ** 53 - 1,
  'u64 above': 2n ** 64n - 1n,
  i64: -7,
  'i64 below': -(2n ** 60n),
  f64: Math.PI,
  u8s: Uint8Array.of(1, 2),
  i8s: Int8Array.of(-1, 2),
  u16s: Uint16Array.of(1, 2),
  i16s: Int16Array.of(-1, 2),
  u32s: Uint32Array.of(1, 2),
  i32s: Int32Array.of(-1, 2),
  f32s: Float32Array.of(0.25, -1),
  u64s: BigUint64Array.of(1n, 2n ** 63n),
  i64s: BigInt64Array.of(-1n),
  f64s: Float64Array.of(Math.E),
  bools: [true, false],
  texts: ['a', 'ü', ''],
  none: [],
  nested: [Int8Array.of(1), ['x']],
};

const ramp = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i / 7));

describe('GGUF', () => {
  for (const version of [2, 3]) {
    it(`version ${version}: reads metadata of every type`, async () => {
      const file = await parseGguf(writeGguf({ version, metadata }));
      expect(file.version).toBe(version);
      expect(Object.fromEntries(file.metadata)).toEqual(expected);
    });
  }

  it('gives shapes in row-major order, and places by the default alignment', async () => {
    const tensors: TestTensor[] = [
      {
        name: 'a',
        type: 'F32',
        shape: [2, 3],
        bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
      },
      zeros('scalar', 'F32', []),
      zeros('empty', 'F16', [0, 4]),
      zeros('b', 'F16', [2, 3, 4, 5]),
    ];
    const file = await parseGguf(writeGguf({ tensors }));
    expect(file.alignment).toBe(32);
    for (const { name, type, shape, bytes } of tensors) {
      const info = file.tensors.get(name);
      expect(info).toMatchObject({ name, type, shape, byteLength: bytes.length });
      expect((info?.offset ?? 1) % 32).toBe(0);
    }
    expect(decodeFloat32('F32', await file.read('a'))).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    await failure('BAD_MODEL', () => file.read('c'));
  });

  it('honours general.alignment', async () => {
    const tensors = [zeros('a', 'F32', [1]), zeros('b', 'F32', [1])];
    for (const alignment of [8, 64, 1024]) {
      const bytes = writeGguf({
        metadata: [['general.alignment', ['UINT32', alignment]]],
        tensors,
        alignment,
      });
      const file = await parseGguf(bytes);
      for (const { offset } of file.tensors.values()) expect(offset % alignment).toBe(0);
    }
  });

  it('reads a file without tensors or metadata', async () => {
    const file = await parseGguf(writeGguf({}));
    expect(file.tensors.size + file.metadata.size).toBe(0);
  });

  const blocks: [WeightType, number, number][] = [
    ['Q8_0', 34 * 16, 0.02],
    ['Q4_0', 18 * 16, 0.2],
    ['Q4_K', 144 * 2, 0.1],
    ['Q6_K', 210 * 2, 0.05],
  ];
  for (const [type, byteLength, error] of blocks) {
    it(`reads and decodes ${type}`, async () => {
      if (type !== 'Q8_0' && type !== 'Q4_0' && type !== 'Q4_K' && type !== 'Q6_K')
        throw new Error('unreachable');
      const tensor = { name: 'w', type, shape: [2, 256], bytes: quantize(type, ramp) };
      const file = await parseGguf(writeGguf({ tensors: [tensor] }));
      expect(file.tensors.get('w')).toMatchObject({ type, shape: [2, 256], byteLength });
      const values = decodeFloat32(type, await file.read('w'));
      expect(values).toHaveLength(512);
      for (const [i, value] of values.entries()) expect(Math.abs(value - ramp[i])).toBeLessThan(error);
    });
  }

  it('reads a header that is longer than its first read', async () => {
    const tokens = Array.from({ length: 150_000 }, (_, i) => `token ${i}`);
    const bytes = writeGguf({
      metadata: [['tokenizer.ggml.tokens', ['ARRAY', 'STRING', tokens]]],
      tensors: [zeros('a', 'F32', [4])],
    });
    expect(bytes.length).toBeGreaterThan(2 * 1024 * 1024);
    const source = countingSource(bytes);
    const file = await openGguf(source);
    expect(file.metadata.get('tokenizer.ggml.tokens')).toEqual(tokens);
    expect(await file.read('a')).toHaveLength(16);
    expect(source.bytesRead()).toBeLessThan(3 * bytes.length);
  });

  it('reads little of a large file', async () => {
    const head = writeGguf({
      tensors: [{ name: 'a', type: 'F32', shape: [2 ** 20, 2 ** 13], bytes: new Uint8Array() }],
    });
    const source = sparseSource(head, 2 ** 36);
    const file = await openGguf(source);
    expect(file.tensors.get('a')?.byteLength).toBe(2 ** 35);
    expect(source.bytesRead()).toBeLessThanOrEqual(1024 * 1024);
  });

  it('stops when it is cancelled', async () => {
    const source = countingSource(writeGguf({}));
    await failure('CANCELLED', () => openGguf(source, AbortSignal.abort()));
    expect(source.isClosed()).toBe(true);
  });
});
