import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ByteFolder,
  type ByteSource,
  isPlainFileName,
  memoryFolder,
  memorySource,
  readJson,
} from '../src/index.js';
import { fileFolder, fileSource } from '../src/node.js';
import { failure } from './helpers/errors.js';

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
let path = '';

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'wick-bytes-'));
  await writeFile(join(path, 'file'), BYTES);
});

afterAll(async () => {
  await rm(path, { recursive: true });
});

const sources: Record<string, () => Promise<ByteSource>> = {
  memory: async () => memorySource(BYTES, 'file'),
  'a file': () => fileSource(join(path, 'file')),
};

for (const [name, open] of Object.entries(sources)) {
  describe(`a source over ${name}`, () => {
    it('reads any range', async () => {
      const source = await open();
      expect(source.label).toBe('file');
      expect(source.byteLength).toBe(1000);
      expect(await source.read(0, 1000)).toEqual(BYTES);
      expect(await source.read(300, 7)).toEqual(BYTES.slice(300, 307));
      expect(await source.read(1000, 0)).toHaveLength(0);
      await source.close();
    });

    it('reads many ranges at once', async () => {
      const source = await open();
      const reads = Array.from({ length: 100 }, (_, i) => source.read(i * 9, 100));
      for (const [i, bytes] of (await Promise.all(reads)).entries()) {
        expect(bytes).toEqual(BYTES.slice(i * 9, i * 9 + 100));
      }
      await source.close();
    });

    it('refuses ranges that leave it', async () => {
      const source = await open();
      const ranges = [
        [0, 1001],
        [1000, 1],
        [1001, 0],
        [-1, 1],
        [0, -1],
        [0.5, 1],
        [0, Number.NaN],
        [1, Number.MAX_SAFE_INTEGER],
        [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
        [2 ** 60, 1],
      ];
      for (const [offset, length] of ranges)
        await failure('INVALID_ARGUMENT', () => source.read(offset, length));
      await source.close();
    });

    it('can be cancelled', async () => {
      const source = await open();
      await failure('CANCELLED', () => source.read(0, 1, AbortSignal.abort()));
      await source.close();
    });

    it('can be closed twice and reads no more', async () => {
      const source = await open();
      await source.close();
      await source.close();
      await failure('INVALID_STATE', () => source.read(0, 1));
    });
  });
}

describe('a file', () => {
  it('that does not exist, or is a folder, is a bad file', async () => {
    const error = await failure('BAD_FILE', () => fileSource(join(path, 'missing')));
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
    await failure('BAD_FILE', () => fileSource(path));
  });

  it('that shrinks while it is open is a bad file', async () => {
    const shrinking = join(path, 'shrinking');
    await writeFile(shrinking, BYTES);
    const source = await fileSource(shrinking);
    await truncate(shrinking, 10);
    await failure('BAD_FILE', () => source.read(0, 1000));
    await source.close();
  });
});

const folders: Record<string, () => ByteFolder> = {
  memory: () => memoryFolder(new Map([['file', BYTES]])),
  'the disk': () => fileFolder(path),
};

for (const [name, open] of Object.entries(folders)) {
  describe(`a folder in ${name}`, () => {
    it('knows and opens its files', async () => {
      const folder = open();
      expect(await folder.has('file')).toBe(true);
      expect(await folder.has('missing')).toBe(false);
      const source = await folder.open('file');
      expect(await source.read(0, 3)).toEqual(BYTES.slice(0, 3));
      await source.close();
      await failure('BAD_FILE', () => folder.open('missing'));
    });

    it('leads nowhere else', async () => {
      const folder = open();
      for (const file of ['../file', '/file', 'a/file', '..', '.', '', 'a\\file', 'C:file', 'file\0']) {
        expect(isPlainFileName(file)).toBe(false);
        await failure('INVALID_ARGUMENT', () => folder.open(file));
        await failure('INVALID_ARGUMENT', () => folder.has(file));
      }
    });
  });
}

describe('readJson', () => {
  const read = (bytes: Uint8Array) => readJson(memorySource(bytes, 'config.json'));

  it('reads UTF-8, with a byte order mark or without', async () => {
    const bytes = new TextEncoder().encode('{"é":1}');
    expect(await read(bytes)).toEqual({ é: 1 });
    expect(await read(Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes]))).toEqual({ é: 1 });
  });

  it('refuses what is not JSON, not UTF-8, or too large', async () => {
    await failure('BAD_FILE', () => read(new TextEncoder().encode('{')));
    await failure('BAD_FILE', () => read(Uint8Array.of(0x22, 0xff, 0x22)));
    const huge = { ...memorySource(new Uint8Array(), 'config.json'), byteLength: 2 ** 40 };
    await failure('BAD_FILE', () => readJson(huge));
  });
});
