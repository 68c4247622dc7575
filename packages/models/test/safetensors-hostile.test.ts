import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSafetensors, parseSafetensors } from '../src/index.js';
import { failure } from './helpers/errors.js';
import { memoryPeak } from './helpers/memory.js';
import { countingSource } from './helpers/source.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file with any header and any length in front of it. */
function file(header: string | Uint8Array, dataBytes = 0, length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = (dtype: string, shape: string, offsets: string, name = 'a'): string =>
  `{"${name}":${entry(dtype, shape, offsets)}}`;
const two = (a: string, b: string): string => `{"a":${entry('U8', '[4]', a)},"b":${entry('U8', '[4]', b)}}`;

/** Each: the file, and a text that names the field. */
const HOSTILE: Record<string, [Uint8Array, RegExp]> = {
  'an empty file': [new Uint8Array(), /header length.*byte 0/],
  'a file shorter than the length': [new Uint8Array(7), /header length.*byte 0/],
  'length 2^63': [file('{}', 0, 2n ** 63n), /header length 9223372036854775808.*byte 0/],
  'length 2^64 - 1': [file('{}', 0, 2n ** 64n - 1n), /header length.*byte 0/],
  'length one beyond the file': [file('{}', 0, 3n), /header length 3.*byte 0/],
  'length 0': [file('{}', 0, 0n), /header.*byte 8/],
  'not JSON': [file('what is this'), /header.*byte 8/],
  'a JSON array': [file('[]'), /header.*byte 8/],
  'JSON that ends early': [file('{"a":{"dtype":"U8","sha'), /"a".*byte/],
  'JSON with something after it': [file('{} x'), /header.*byte 11/],
  'JSON with a trailing comma': [file('{"a":{"dtype":"U8",}}'), /byte/],
  'not UTF-8': [file(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x7b, 0x7d, 0x7d])), /header.*byte 8/],
  'a control character in a name': [file(one('U8', '[0]', '[0,0]', 'a\nb')), /byte 11/],
  'an escape that does not exist': [file(one('U8', '[0]', '[0,0]', '\\x41')), /byte 11/],
  'a tensor twice': [
    file(`{"a":${entry('U8', '[0]', '[0,0]')},"a":${entry('U8', '[0]', '[0,0]')}}`),
    /"a".*twice/,
  ],
  'a tensor twice, once escaped': [
    file(`{"a":${entry('U8', '[0]', '[0,0]')},"\\u0061":${entry('U8', '[0]', '[0,0]')}}`),
    /"a".*twice/,
  ],
  'a field twice': [
    file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    /dtype.*twice/,
  ],
  'a field twice, in a second object': [
    file('{"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}'),
    /shape.*twice/,
  ],
  'metadata twice': [file('{"__metadata__":{},"__metadata__":{}}'), /__metadata__.*twice/],
  'a metadata key twice': [file('{"__metadata__":{"k":"1","k":"2"}}'), /__metadata__\."k".*twice/],
  'metadata that is no text': [file('{"__metadata__":{"k":1}}'), /__metadata__\."k"/],
  'metadata that is no object': [file('{"__metadata__":[]}'), /__metadata__/],
  '__proto__ as a tensor': [file(one('U8', '[0]', '[0,0]', '__proto__')), /__proto__.*byte 9/],
  '__proto__ as a tensor, escaped': [file(one('U8', '[0]', '[0,0]', '\\u005f_proto__')), /__proto__/],
  '__proto__ as metadata': [file('{"__metadata__":{"__proto__":"x"}}'), /__proto__/],
  '__proto__ as a field': [file('{"a":{"__proto__":{"dtype":"U8"}}}'), /__proto__/],
  'a field that is unknown': [
    file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"scale":1}}'),
    /scale/,
  ],
  'no dtype': [file('{"a":{"shape":[0],"data_offsets":[0,0]}}'), /"a"\.dtype.*missing/],
  'no shape': [file('{"a":{"dtype":"U8","data_offsets":[0,0]}}'), /"a"\.shape.*missing/],
  'no offsets': [file('{"a":{"dtype":"U8","shape":[0]}}'), /"a"\.data_offsets/],
  'one offset': [file(one('U8', '[0]', '[0]')), /data_offsets/],
  'three offsets': [file(one('U8', '[0]', '[0,0,0]')), /data_offsets/],
  'an unknown dtype': [file(one('F12', '[0]', '[0,0]')), /"a"\."dtype".*F12/],
  'a dtype from Object.prototype': [file(one('constructor', '[0]', '[0,0]')), /dtype/],
  'a negative dimension': [file(one('U8', '[-1]', '[0,0]')), /shape.*\[0\]/],
  'a fractional dimension': [file(one('U8', '[1.5]', '[0,1]'), 1), /shape/],
  'a dimension with an exponent': [file(one('U8', '[1e0]', '[0,1]'), 1), /shape/],
  'a dimension with a leading zero': [file(one('U8', '[01]', '[0,1]'), 1), /shape/],
  'a dimension above 2^53': [file(one('U8', '[9007199254740993]', '[0,0]')), /shape.*2\^53/],
  'a shape whose product overflows': [
    file(one('F32', '[4294967296,4294967296]', '[0,4]'), 4),
    /shape.*2\^53/,
  ],
  'a shape whose product wraps to the bytes': [
    // 2^63 + 2^63 is 0 modulo 2^64.
    file(one('U8', '[4294967296,4294967296]', '[0,0]')),
    /shape.*2\^53/,
  ],
  'a shape whose bytes overflow': [file(one('F64', '[4503599627370496]', '[0,8]'), 8), /shape.*2\^53/],
  'too many dimensions': [file(one('U8', `[${Array(65).fill(1)}]`, '[0,1]'), 1), /shape.*64/],
  'bytes that are not shape times dtype': [
    file(one('F32', '[2]', '[0,4]'), 4),
    /"a"\.data_offsets \[0, 4\].*8 bytes/,
  ],
  'end before begin': [file(one('U8', '[0]', '[4,0]'), 4), /"a"\.data_offsets \[4, 0\]/],
  'an end beyond the file': [file(one('U8', '[5]', '[0,5]'), 4), /data_offsets \[0, 5\].*4 bytes/],
  'an end of 2^53 - 1': [file(one('U8', '[9007199254740991]', '[0,9007199254740991]'), 4), /data_offsets/],
  'truncated data': [file(two('[0,4]', '[4,8]'), 7), /"b"\.data_offsets/],
  'a hole at the start': [file(two('[1,5]', '[5,9]'), 9), /"a"\.data_offsets.*hole/],
  'a hole between': [file(two('[0,4]', '[5,9]'), 9), /"b"\.data_offsets.*hole/],
  'a hole at the end': [file(two('[0,4]', '[4,8]'), 9), /cover 8/],
  'data without tensors': [file('{}', 4), /cover 0/],
  'an overlap': [file(two('[0,4]', '[2,6]'), 6), /"b"\.data_offsets.*inside/],
  'the same bytes twice': [file(two('[0,4]', '[0,4]'), 4), /data_offsets.*inside/],
  'an empty tensor inside another': [
    file(`{"a":${entry('U8', '[4]', '[0,4]')},"b":${entry('U8', '[0]', '[2,2]')}}`, 4),
    /"b"\.data_offsets.*inside/,
  ],
  'deep nesting': [file('['.repeat(100_000)), /header.*byte 8/],
  'deep nesting as a value': [file(`{"a":${'{"a":'.repeat(50_000)}`), /"a".*byte/],
};

describe('a safetensors file that breaks a promise', () => {
  for (const [name, [bytes, message]] of Object.entries(HOSTILE)) {
    it(`is refused: ${name}`, async () => {
      const source = countingSource(bytes);
      const before = Object.keys(Object.prototype).length;
      const error = await failure('BAD_FILE', () => openSafetensors(source));
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/byte \d+/);
      expect(source.bytesRead()).toBeLessThanOrEqual(bytes.length);
      expect(source.isClosed()).toBe(true);
      expect(Object.keys(Object.prototype)).toHaveLength(before);
    });
  }

  it('refuses every truncation of a good file', async () => {
    const good = file(two('[0,4]', '[4,8]'), 8);
    await parseSafetensors(good);
    for (let length = 0; length < good.length; length++) {
      await failure('BAD_FILE', () => parseSafetensors(good.slice(0, length)));
    }
  });

  it('never fails in another way, whatever bytes change', async () => {
    const good = file(`{"__metadata__":{"k":"v"},${two('[0,4]', '[4,8]').slice(1)}`, 8);
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        // It may still be a good file; a tensor it then has lies inside the file.
        await parseSafetensors(bytes).then(
          (opened) => Promise.all([...opened.tensors.keys()].map((name) => opened.read(name))),
          (error: unknown) => failure('BAD_FILE', () => Promise.reject(error)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('memory before a safetensors file is refused', () => {
  // Garbage that the collector may leave behind at any moment, whatever the file.
  const SLACK = 40 * 1024 * 1024;

  it('claims are not allocated', async () => {
    const peak = await memoryPeak(async () => {
      for (const length of [2n ** 40n, 2n ** 63n, 99_999_999n]) {
        await failure('BAD_FILE', () => parseSafetensors(file('{}', 0, length)));
      }
      const shape = one('F32', `[${2 ** 40}]`, `[0,${2 ** 42}]`);
      await failure('BAD_FILE', () => parseSafetensors(file(shape)));
    });
    expect(peak).toBeLessThan(SLACK);
  });

  it('stays below twice the file with a third of a million tiny tensors, the last a duplicate', async () => {
    const parts: string[] = [];
    for (let i = 0; i < 350_000; i++) parts.push(`"${i.toString(36)}":${entry('U8', '[]', '[0,1]')}`);
    const empty = parts.map((part) => part.replace('[]', '[0]').replace('[0,1]', '[0,0]'));
    const bytes = file(`{${empty.join(',')},"0":${entry('U8', '[0]', '[0,0]')}}`);
    expect(bytes.length).toBeGreaterThan(19_000_000);
    const source = countingSource(bytes);
    // The bytes themselves are held by the source; a file on a disk would be read into fresh memory.
    const peak = await memoryPeak(() => failure('BAD_FILE', () => openSafetensors(source)));
    expect(source.bytesRead()).toBeLessThanOrEqual(bytes.length);
    expect(peak).toBeLessThan(bytes.length + SLACK);
  }, 60_000);

  it('does not build a long text before it is known to be good', async () => {
    const text = new Uint8Array(30_000_000).fill(0x61);
    text.set(encode('{"__metadata__":{"k":"'));
    text[text.length - 1] = 0xff;
    const bytes = file(text);
    const peak = await memoryPeak(() => failure('BAD_FILE', () => parseSafetensors(bytes)));
    expect(peak).toBeLessThan(SLACK);
  });
});
