import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openGguf, parseGguf } from '../src/index.js';
import { failure } from './helpers/errors.js';
import { ByteWriter, writeGguf, zeros } from './helpers/gguf.js';
import { memoryPeak } from './helpers/memory.js';
import { type CountingSource, countingSource, sparseSource } from './helpers/source.js';

const MAX_U64 = 2n ** 64n - 1n;

const start = (tensors: number | bigint, metadata: number | bigint): ByteWriter =>
  new ByteWriter().raw(new TextEncoder().encode('GGUF')).u32(3).u64(tensors).u64(metadata);
/** A header with one metadata key, up to its value. */
const key = (name = 'k'): ByteWriter => start(0, 1).string(name);
/** A header with one tensor, up to its dimensions. */
const tensor = (name = 't'): ByteWriter => start(1, 0).string(name);
const padded = (writer: ByteWriter, bytes = 64): Uint8Array =>
  writer.align(32).raw(new Uint8Array(bytes)).bytes();
/** A good tensor of 4 float32 in 1 dimension at an offset. */
const four = (writer: ByteWriter, name: string, offset: number | bigint): ByteWriter =>
  writer.string(name).u32(1).u64(4).u32(0).u64(offset);
const oneTensor = (type: number, offset: number | bigint, ...dimensions: (number | bigint)[]): Uint8Array => {
  const writer = tensor().u32(dimensions.length);
  for (const size of dimensions) writer.u64(size);
  return padded(writer.u32(type).u64(offset));
};
const alignment = (type: number, value: number): Uint8Array =>
  padded(
    key('general.alignment')
      .u32(type)
      .u64(value, type === 4 ? 4 : 8),
  );
const deep = (levels: number): ByteWriter => {
  const writer = key().u32(9);
  for (let i = 0; i < levels; i++) writer.u32(9).u64(1);
  return writer.u32(0).u64(0);
};

/** Each: the file, and a text that names the field. */
const HOSTILE: Record<string, [Uint8Array, RegExp]> = {
  'an empty file': [new Uint8Array(), /magic/],
  'a file of three bytes': [Uint8Array.of(0x47, 0x47, 0x55), /magic/],
  'another magic': [padded(new ByteWriter().string('GGML')), /magic.*byte 0/],
  'the magic backwards': [padded(new ByteWriter().raw(new TextEncoder().encode('FUGG'))), /magic/],
  'version 0': [patch(4, 0), /version/],
  'version 1': [patch(4, 1), /version is 1/],
  'version 4': [patch(4, 4), /version is 4/],
  'a big-endian version': [patch(7, 3, 4, 0), /version.*big-endian/],
  'a tensor count of -1': [padded(start(-1, 0)), /tensor_count/],
  'a metadata count of -1': [padded(start(0, -1)), /metadata_kv_count/],
  'a tensor count of 2^63': [padded(start(2n ** 63n, 0)), /tensor_count/],
  'a metadata count of 2^40': [padded(start(0, 2n ** 40n)), /metadata_kv_count/],
  'more tensors than bytes': [padded(start(100_000, 0)), /tensor infos/],
  'more metadata than bytes': [padded(start(0, 60_000)), /metadata/],
  'a key of 2^64 - 1 bytes': [padded(start(0, 1).u64(MAX_U64)), /length of metadata key 0/],
  'a key of 2^40 bytes': [padded(start(0, 1).u64(2n ** 40n)), /length of metadata key 0/],
  'a key that leaves the file': [padded(start(0, 1).u64(1000)), /metadata key 0/],
  'a key that is not UTF-8': [padded(start(0, 1).u64(1).u8(0xff).u32(0).u8(1)), /metadata key 0/],
  'a key twice': [padded(start(0, 2).string('k').u32(0).u8(1).string('k').u32(0).u8(1)), /"k".*twice/],
  '__proto__ as a key': [padded(key('__proto__').u32(0).u8(1)), /__proto__/],
  'an unknown value type': [padded(key().u32(13)), /"k".*type 13/],
  'a value type of 2^32 - 1': [padded(key().u32(0xffffffff)), /"k".*type/],
  'a bool of 2': [padded(key().u32(7).u8(2)), /"k"/],
  'a text of 2^64 - 1 bytes': [padded(key().u32(8).u64(MAX_U64)), /length of "k"/],
  'a text of 2^40 bytes': [
    padded(
      key()
        .u32(8)
        .u64(2n ** 40n),
    ),
    /length of "k"/,
  ],
  'a text that leaves the file': [padded(key().u32(8).u64(5000)), /"k"/],
  'an array of 2^64 - 1 elements': [padded(key().u32(9).u32(0).u64(MAX_U64)), /length of "k"/],
  'an array of 2^50 elements': [
    padded(
      key()
        .u32(9)
        .u32(12)
        .u64(2n ** 50n),
    ),
    /"k".*needs/,
  ],
  'an array of 2^40 texts': [
    padded(
      key()
        .u32(9)
        .u32(8)
        .u64(2n ** 40n),
    ),
    /"k".*needs/,
  ],
  'an array of 2^40 arrays': [
    padded(
      key()
        .u32(9)
        .u32(9)
        .u64(2n ** 40n),
    ),
    /"k".*needs/,
  ],
  'an array of unknown elements': [padded(key().u32(9).u32(99).u64(1)), /"k".*type 99/],
  'arrays five deep': [padded(deep(5)), /"k".*deeper/],
  'arrays ten thousand deep': [padded(deep(10_000)), /"k".*deeper/],
  'alignment 0': [alignment(4, 0), /general\.alignment/],
  'alignment 1': [alignment(4, 1), /general\.alignment/],
  'alignment 24': [alignment(4, 24), /general\.alignment/],
  'an alignment that is a text': [padded(key('general.alignment').u32(8).string('32')), /general\.alignment/],
  'an alignment that is an array': [
    padded(key('general.alignment').u32(9).u32(4).u64(1).u32(32)),
    /general\.alignment/,
  ],
  'five dimensions': [oneTensor(0, 0, 1, 1, 1, 1, 1), /"t".*5 dimensions/],
  '2^32 - 1 dimensions': [padded(tensor().u32(0xffffffff)), /"t".*dimensions/],
  'a dimension of -1': [oneTensor(0, 0, -1), /dimension 0 of tensor "t"/],
  'dimensions whose product overflows': [oneTensor(0, 0, 2n ** 32n, 2n ** 32n), /"t".*2\^53/],
  'dimensions whose product wraps to 0': [oneTensor(0, 0, 2n ** 32n, 2n ** 32n, 1), /"t".*2\^53/],
  'dimensions whose bytes overflow': [oneTensor(28, 0, 2n ** 52n), /"t".*2\^53/],
  'rows that are not whole blocks': [oneTensor(8, 0, 33), /"t".*blocks of 32/],
  'rows that are not whole blocks, though all is': [oneTensor(8, 0, 16, 2), /"t".*blocks of 32/],
  'a type that was removed': [oneTensor(4, 0, 4), /"t".*type 4/],
  'an unknown type': [oneTensor(0xffffffff, 0, 4), /"t".*type/],
  'a tensor name of 2^50 bytes': [padded(start(1, 0).u64(2n ** 50n)), /name of tensor 0/],
  'a tensor name that is not UTF-8': [
    padded(start(1, 0).u64(1).u8(0x80).u32(1).u64(4).u32(0).u64(0)),
    /name of tensor 0/,
  ],
  '__proto__ as a tensor': [padded(four(start(1, 0), '__proto__', 0)), /__proto__/],
  'a tensor twice': [padded(four(four(start(2, 0), 'a', 0), 'a', 32)), /"a".*twice/],
  'an offset that is not aligned': [oneTensor(0, 4, 4), /"t".*offset 4/],
  'an offset of 2^64 - 1': [oneTensor(0, MAX_U64, 4), /offset of tensor "t"/],
  'an offset of 2^50': [oneTensor(0, 2n ** 50n, 4), /"t".*the file has 64/],
  'an offset at the end of the data': [oneTensor(0, 64, 4), /"t".*the file has 64/],
  'a tensor longer than the data': [oneTensor(0, 0, 17), /"t".*the file has 64/],
  'tensors that overlap': [
    padded(start(2, 0).string('a').u32(1).u64(16).u32(0).u64(0).string('b').u32(1).u64(4).u32(0).u64(32)),
    /"b".*overlaps/,
  ],
};

/** A good file of 64 bytes with other bytes at `at`. */
function patch(at: number, value: number, ...more: number[]): Uint8Array {
  const bytes = padded(start(0, 0));
  bytes[at] = value;
  for (let i = 0; i < more.length; i += 2) bytes[more[i]] = more[i + 1];
  return bytes;
}

/** Milliseconds of the fastest of three runs: a busy machine interrupts one, not the work itself. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const before = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - before);
  }
  return fastest;
}

describe('a GGUF file that breaks a promise', () => {
  for (const [name, [bytes, message]] of Object.entries(HOSTILE)) {
    it(`is refused: ${name}`, async () => {
      const elapsed = await timed(async () => {
        const source = countingSource(bytes);
        const error = await failure('BAD_FILE', () => openGguf(source));
        expect(error.message).toMatch(message);
        expect(error.message).toMatch(/byte \d+/);
        expect(source.longestRead()).toBeLessThanOrEqual(bytes.length);
        expect(source.isClosed()).toBe(true);
      });
      expect(elapsed).toBeLessThan(100);
    });
  }

  const good = writeGguf({
    metadata: [
      ['general.architecture', ['STRING', 'llama']],
      ['list', ['ARRAY', 'STRING', ['a', 'b']]],
      ['numbers', ['ARRAY', 'UINT32', [1, 2, 3]]],
    ],
    tensors: [zeros('a', 'F32', [2, 4]), zeros('b', 'Q8_0', [64])],
  });

  it('refuses every truncation of a good file', async () => {
    await parseGguf(good);
    for (let length = 0; length < good.length; length++) {
      await failure('BAD_FILE', () => parseGguf(good.slice(0, length)));
    }
  });

  it('never fails in another way, whatever bytes change', async () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        await parseGguf(bytes).then(
          (opened) => Promise.all([...opened.tensors.keys()].map((name) => opened.read(name))),
          (error: unknown) => failure('BAD_FILE', () => Promise.reject(error)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('claims of a GGUF file that is long enough for them', () => {
  const TERABYTE = 2 ** 40;
  const SLACK = 40 * 1024 * 1024;

  /** The rest of the terabyte is zeros, so what is claimed is there, and means nothing. */
  const claims: Record<string, ByteWriter> = {
    'a text of 2^39 bytes': key()
      .u32(8)
      .u64(2n ** 39n),
    'an array of 2^39 bytes': key()
      .u32(9)
      .u32(0)
      .u64(2n ** 39n),
    'an array of 2^36 numbers': key()
      .u32(9)
      .u32(12)
      .u64(2n ** 36n),
    'an array of 2^36 texts': key()
      .u32(9)
      .u32(8)
      .u64(2n ** 36n),
    'an array of 2^36 arrays': key()
      .u32(9)
      .u32(9)
      .u64(2n ** 36n),
    'a key of 2^39 bytes': start(0, 1).u64(2n ** 39n),
    'a tensor name of 2^39 bytes': start(1, 0).u64(2n ** 39n),
    '2^35 metadata': start(0, 2n ** 35n),
    '2^35 tensors': start(2n ** 35n, 0),
    '65,536 empty metadata keys': start(0, 65_536),
    '131,072 nameless tensors': start(131_072, 0),
  };
  for (const [name, writer] of Object.entries(claims)) {
    it(`are refused soon and cost little: ${name}`, async () => {
      const source: CountingSource = sparseSource(writer.bytes(), TERABYTE);
      let elapsed = 0;
      const peak = await memoryPeak(async () => {
        elapsed = await timed(() => failure('BAD_FILE', () => openGguf(source)));
      });
      expect(elapsed).toBeLessThan(100);
      expect(peak).toBeLessThan(SLACK);
      expect(source.bytesRead()).toBeLessThanOrEqual(3 * 1024 * 1024);
    });
  }
});
