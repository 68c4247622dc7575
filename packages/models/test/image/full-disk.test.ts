/** A disk that fills up while a file is written. */

import type * as FileSystem from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeFileWhole } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

/** Bytes that are left. */
let room = 0;
/** The call that fails in place of writing. */
let failing: 'sync' | undefined;

vi.mock('node:fs/promises', async (importOriginal) => {
  const actual = await importOriginal<typeof FileSystem>();
  const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const open: typeof actual.open = async (...args) => {
    const handle = await actual.open(...args);
    const write = async (bytes: Uint8Array, offset: number, length: number) => {
      if (room === 0) throw full();
      const some = Math.min(length, room);
      room -= some;
      return handle.write(bytes, offset, some);
    };
    return new Proxy(handle, {
      get(target, key) {
        if (key === 'write') return write;
        if (key === 'sync' && failing === 'sync') return () => Promise.reject(full());
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { ...actual, open };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wick-full-'));
  failing = undefined;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('goes on after a write of part of the bytes', async () => {
  const path = join(folder, 'a.png');
  room = 8;
  await writeFileWhole(path, Uint8Array.of(1, 2, 3, 4, 5));
  expect([...(await readFile(path))]).toEqual([1, 2, 3, 4, 5]);
});

it.each<[string, number, 'sync' | undefined]>([
  ['at once', 0, undefined],
  ['half way', 500_000, undefined],
  ['when the bytes are handed on', 10_000_000, 'sync'],
])('leaves the old file, and nothing else, when the disk is full %s', async (_, left, call) => {
  const path = join(folder, 'a.png');
  await writeFile(path, 'old');
  room = left;
  failing = call;
  const { message } = await failure('BAD_FILE', () => writeFileWhole(path, new Uint8Array(1_000_000)));
  expect(message).toContain('no space left');
  expect(await readdir(folder)).toEqual(['a.png']);
  expect(await readFile(path, 'utf8')).toBe('old');
});
