import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WickError } from '@wick/core';
import { type ByteFolder, type ByteSource, checkFileName, checkRead } from '../bytes/source.js';
import { throwIfCancelled } from '../cancel.js';

/** One system call reads at most this, so that cancelling takes effect soon and no platform's limit is met. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * Opens a file of the host. The handle stays open until `close`.
 *
 * @throws BAD_FILE when the file does not exist, is not a regular file or may not be read.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const label = basename(path);
  const failed = (action: string, cause: unknown): WickError => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new WickError('BAD_FILE', `${path} cannot be ${action}: ${reason}.`, { label, cause });
  };
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw failed('opened', cause);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new WickError('BAD_FILE', `${path} is not a regular file.`, { label });
  }

  let closed: Promise<void> | undefined;
  const source: ByteSource = {
    label,
    byteLength: stat.size,
    async read(offset, length, signal) {
      if (closed !== undefined) throw new WickError('INVALID_STATE', `${label} is closed.`, { label });
      checkRead(source, offset, length, signal);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        throwIfCancelled(signal, `Reading ${label}`);
        const want = Math.min(CHUNK_BYTES, length - done);
        const { bytesRead } = await handle.read(bytes, done, want, offset + done).catch((cause: unknown) => {
          throw failed('read', cause);
        });
        if (bytesRead === 0) {
          throw new WickError('BAD_FILE', `${path} ended at byte ${offset + done} while it was read.`, {
            label,
          });
        }
        done += bytesRead;
      }
      return bytes;
    },
    close() {
      closed ??= handle.close();
      return closed;
    },
  };
  return source;
}

/** A folder of the host. Nothing is opened before a file is asked for. */
export function fileFolder(path: string): ByteFolder {
  return {
    label: path,
    async has(name) {
      checkFileName(name, path);
      return access(join(path, name), constants.R_OK).then(
        () => true,
        () => false,
      );
    },
    async open(name) {
      checkFileName(name, path);
      return fileSource(join(path, name));
    },
    folder(name) {
      checkFileName(name, path);
      return fileFolder(join(path, name));
    },
  };
}
