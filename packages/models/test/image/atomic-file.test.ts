import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileWhole } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

/** A device that is always full, where there is one. */
const FULL = '/dev/full';

describe('files that are whole or not there', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wick-write-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const bytes = new Uint8Array(9_000_000).map((_, i) => i % 251);

  it('writes a new file and replaces an old one', async () => {
    const path = join(folder, 'a.png');
    await writeFileWhole(path, Uint8Array.of(1));
    await writeFileWhole(path, bytes);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(await readdir(folder)).toEqual(['a.png']);
  });

  it('keeps the permissions of the file and follows a link', async () => {
    const path = join(folder, 'a.png');
    const link = join(folder, 'link.png');
    await writeFile(path, 'old');
    await chmod(path, 0o600);
    await symlink(path, link);
    await writeFileWhole(link, Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['a.png', 'link.png']);
  });

  it('leaves nothing when it is cancelled, before or while it writes', async () => {
    const path = join(folder, 'a.png');
    await writeFile(path, 'old');
    await failure('CANCELLED', () => writeFileWhole(path, bytes, { signal: AbortSignal.abort() }));
    const soon = new AbortController();
    const writing = writeFileWhole(path, bytes, { signal: soon.signal });
    soon.abort();
    await failure('CANCELLED', () => writing);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.png']);
  });

  it('says why it cannot write', async () => {
    await failure('BAD_FILE', () => writeFileWhole(join(folder, 'missing', 'a.png'), bytes));
    await mkdir(join(folder, 'folder'));
    await failure('BAD_FILE', () => writeFileWhole(join(folder, 'folder'), bytes));
    expect(await readdir(folder)).toEqual(['folder']);
  });

  it('never replaces what is no file', async (context) => {
    if (!existsSync(FULL)) context.skip(`there is no ${FULL}`);
    await failure('BAD_FILE', () => writeFileWhole(FULL, bytes));
    expect((await stat(FULL)).isCharacterDevice()).toBe(true);
  });
});
