import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  decodeFloat32,
  openSafetensors,
  type Progress,
  parseSafetensors,
  readWeights,
  SAFETENSORS_TYPES,
  type SafetensorsTensor,
  WEIGHT_TYPES,
  writeSafetensors,
} from '../src/index.js';
import { fileSource } from '../src/node.js';
import { failure } from './helpers/errors.js';
import { countingSource } from './helpers/source.js';

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

const tensors = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 6 }).chain((names) =>
  fc.tuple(
    ...names
      .filter((name) => name !== '__proto__' && name !== '__metadata__')
      .map((name) =>
        fc
          .record({
            name: fc.constant(name),
            type: fc.constantFrom(...SAFETENSORS_TYPES),
            shape: fc.array(fc.nat(4), { maxLength: 3 }),
            seed: fc.nat(255),
          })
          .map(({ seed, ...tensor }): SafetensorsTensor => {
            const length = tensor.shape.reduce((a, b) => a * b, WEIGHT_TYPES[tensor.type].bytes);
            return { ...tensor, bytes: Uint8Array.from({ length }, (_, i) => (seed + 31 * i) & 255) };
          }),
      ),
  ),
);

describe('safetensors', () => {
  it('gives back what was written', async () => {
    const metadata = fc.uniqueArray(fc.string(), { maxLength: 3 }).map((keys) => {
      return new Map(keys.filter((key) => key !== '__proto__').map((key) => [key, `value of ${key}`]));
    });
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (written, notes) => {
        const file = await parseSafetensors(writeSafetensors(written, notes));
        expect(file.metadata).toEqual(notes);
        expect(file.tensors.size).toBe(written.length);
        for (const { name, type, shape, bytes } of written) {
          expect(file.tensors.get(name)).toMatchObject({ name, type, shape, byteLength: bytes.length });
          expect(Array.from(await file.read(name))).toEqual(Array.from(bytes));
        }
      }),
    );
  });

  it('reads only the header until a tensor is asked for', async () => {
    const big = new Uint8Array(1_000_000);
    const bytes = writeSafetensors([
      { name: 'big', type: 'U8', shape: [1_000_000], bytes: big },
      { name: 'x', type: 'F32', shape: [2], bytes: floats(1, -2) },
    ]);
    const source = countingSource(bytes);
    const file = await openSafetensors(source);
    expect(source.bytesRead()).toBeLessThan(300);
    expect(decodeFloat32('F32', await file.read('x'))).toEqual(Float32Array.of(1, -2));
    expect(source.bytesRead()).toBeLessThan(310);
    expect(source.isClosed()).toBe(false);
    await file.close();
    expect(source.isClosed()).toBe(true);
    await failure('INVALID_STATE', () => file.read('x'));
  });

  it('begins each tensor at a multiple of its element size', async () => {
    const bytes = writeSafetensors([
      { name: 'a', type: 'U8', shape: [3], bytes: new Uint8Array(3) },
      { name: 'b', type: 'F64', shape: [1], bytes: new Uint8Array(8) },
      { name: 'c', type: 'F16', shape: [3], bytes: new Uint8Array(6) },
    ]);
    const { tensors: entries } = await parseSafetensors(bytes);
    for (const { type, offset } of entries.values()) expect(offset % WEIGHT_TYPES[type].bytes).toBe(0);
  });

  it('accepts white space, escapes, tensors out of order, scalars and empty tensors', async () => {
    const header = `{ "b\\n\\u00e9" : { "shape" : [ ] , "data_offsets" : [ 4 , 8 ] , "dtype" : "F32" } ,
      "a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
      "none":{"dtype":"F64","shape":[3,0],"data_offsets":[8,8]} }   `;
    const json = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + json.length + 8);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(json, 8);
    bytes.set([1, 2, 3, 4, ...floats(2.5)], 8 + json.length);
    const file = await parseSafetensors(bytes);
    expect([...file.tensors.keys()]).toEqual(['b\né', 'a', 'none']);
    expect(decodeFloat32('F32', await file.read('b\né'))).toEqual(Float32Array.of(2.5));
    expect(Array.from(await file.read('a'))).toEqual([1, 2, 3, 4]);
    expect(await file.read('none')).toHaveLength(0);
  });

  it('accepts an empty object and one of only metadata', async () => {
    expect((await parseSafetensors(writeSafetensors([]))).tensors.size).toBe(0);
    const notes = new Map([['format', 'pt']]);
    expect((await parseSafetensors(writeSafetensors([], notes))).metadata).toEqual(notes);
  });

  it('names that are members of Object.prototype are names like any other', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', '7', ''];
    const written = names.map((name, i) => ({
      name,
      type: 'U8' as const,
      shape: [1],
      bytes: Uint8Array.of(i),
    }));
    const file = await parseSafetensors(writeSafetensors(written));
    for (const [i, name] of names.entries()) expect(Array.from(await file.read(name))).toEqual([i]);
    await failure('BAD_MODEL', () => file.read('valueOf'));
  });

  it('refuses to write what it would refuse to read', async () => {
    const tensor = { name: 'a', type: 'F32', shape: [2], bytes: floats(1, 2) } as const;
    await failure('INVALID_ARGUMENT', () => writeSafetensors([tensor, tensor]));
    await failure('INVALID_ARGUMENT', () => writeSafetensors([{ ...tensor, shape: [3] }]));
    await failure('INVALID_ARGUMENT', () => writeSafetensors([{ ...tensor, name: '__metadata__' }]));
    await failure('INVALID_ARGUMENT', () => writeSafetensors([{ ...tensor, name: '__proto__' }]));
  });

  it('stops when it is cancelled', async () => {
    const bytes = writeSafetensors([{ name: 'a', type: 'F32', shape: [2], bytes: floats(1, 2) }]);
    const reason = new Error('enough');
    const cancelled = AbortSignal.abort(reason);
    const error = await failure('CANCELLED', () => openSafetensors(countingSource(bytes), cancelled));
    expect(error.cause).toBe(reason);
    const file = await parseSafetensors(bytes);
    await failure('CANCELLED', () => file.read('a', cancelled));
  });
});

describe('readWeights', () => {
  const bytes = writeSafetensors([
    { name: 'a', type: 'F32', shape: [2], bytes: floats(1, 2) },
    { name: 'b', type: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) },
  ]);

  it('reads in the order asked for and reports bytes', async () => {
    const file = await parseSafetensors(bytes, 'model.safetensors');
    const events: Progress[] = [];
    const read: string[] = [];
    for await (const weight of readWeights(file, ['b', 'a'], { onProgress: (event) => events.push(event) })) {
      expect(weight.bytes).toHaveLength(weight.byteLength);
      read.push(weight.name);
    }
    expect(read).toEqual(['b', 'a']);
    const about = { kind: 'read', label: 'model.safetensors', total: 11 };
    expect(events).toEqual([
      { ...about, loaded: 0 },
      { ...about, loaded: 3 },
      { ...about, loaded: 11 },
    ]);
  });

  it('fails before it reads anything when a tensor is missing', async () => {
    const file = await parseSafetensors(bytes);
    const iterator = readWeights(file, ['a', 'c']);
    await failure('BAD_MODEL', () => iterator.next());
  });

  it('stops between tensors when it is cancelled', async () => {
    const file = await parseSafetensors(bytes);
    const controller = new AbortController();
    const iterator = readWeights(file, ['a', 'b'], { signal: controller.signal });
    await iterator.next();
    controller.abort();
    await failure('CANCELLED', () => iterator.next());
  });
});

describeShared('safetensors of the fixtures', () => {
  it('holds the tensors that reference.json names', async () => {
    const folder = requireShared('fixtures/llama-tiny-a');
    const file = await openSafetensors(await fileSource(`${folder}/reference.safetensors`));
    const described: unknown = JSON.parse(await readFile(`${folder}/reference.json`, 'utf8'));
    expect(described).toMatchObject({
      tensors: Object.fromEntries(
        Array.from(file.tensors.values(), ({ name, shape }) => [name, { shape: [...shape] }]),
      ),
    });
    await file.close();
  });

  it('decodes float16 weights to finite numbers', async () => {
    const path = requireShared('models/shakespeare-char/model.safetensors');
    const file = await openSafetensors(await fileSource(path));
    let count = 0;
    for await (const { type, bytes } of readWeights(file, file.tensors.keys())) {
      expect(type).toBe('F16');
      const values = decodeFloat32(type, bytes);
      expect(values.every(Number.isFinite)).toBe(true);
      count += values.length;
    }
    expect(count).toBe(2_374_272);
    await file.close();
  });
});
