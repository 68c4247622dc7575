/** A disk that is full when a picture is written. */

import { readdirSync } from 'node:fs';
import type * as FileSystem from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { main } from '../src/main.js';
import { capturedIo } from './captured-io.js';

vi.mock('node:fs/promises', async (importOriginal) => {
  const actual = await importOriginal<typeof FileSystem>();
  const open: typeof actual.open = async (path, flags, mode) => {
    const handle = await actual.open(path, flags, mode);
    if (flags !== 'wx') return handle;
    handle.write = () =>
      Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    return handle;
  };
  return { ...actual, open };
});

it('is one line, exit code 2, and no file', async () => {
  const io = capturedIo();
  const args = ['a ring', '--out', 'x.png', '--width', '8', '--height', '8', '--steps', '1'];
  expect(await main(['imagine', ...args], io)).toBe(2);
  expect(io.stderr.text).toMatch(/^wick: .*x\.png cannot be written: .*no space left.* \[BAD_FILE\]\n$/);
  expect(io.stdout.text).toBe('');
  expect(readdirSync(io.cwd)).toEqual([]);
});
