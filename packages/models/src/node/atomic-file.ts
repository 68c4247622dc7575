/** Files that are whole or not there. */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WickError } from '@wick/core';
import { throwIfCancelled } from '../cancel.js';

/** Options of `writeFileWhole`. */
export interface WriteFileOptions {
  /** Ends with `CANCELLED`; the file is then as it was before. */
  readonly signal?: AbortSignal | undefined;
}

/** Between two of these a cancellation takes effect. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Writes a file beside its place and moves it there, so that nobody ever sees half of it: after a full
 * disk, a cancellation or a crash there is the file of before, or none. A link is followed.
 *
 * @throws WickError `BAD_FILE` when it cannot be written or something that is no file lies there, `CANCELLED`
 */
export async function writeFileWhole(
  path: string,
  bytes: Uint8Array,
  { signal }: WriteFileOptions = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const found = await stat(target).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw unwritable(path, 'that is no regular file');
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(beside, 'wx', found?.mode ?? 0o666);
    try {
      await writeAll(handle, bytes, `Writing ${path}`, signal);
      // Otherwise the name could reach the disk before the bytes, and a crash leave an empty file.
      await handle.sync();
    } finally {
      await handle.close();
    }
    throwIfCancelled(signal, `Writing ${path}`);
    await rename(beside, target);
  } catch (thrown) {
    await rm(beside, { force: true }).catch(() => {});
    if (thrown instanceof WickError) throw thrown;
    throw unwritable(path, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  label: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    throwIfCancelled(signal, label);
    const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK_BYTES, bytes.length - done));
    done += bytesWritten;
  }
}

function unwritable(path: string, reason: string, cause?: unknown): WickError {
  return new WickError('BAD_FILE', `${path} cannot be written: ${reason}`, { label: basename(path), cause });
}
