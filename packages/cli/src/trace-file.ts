/** The file of `--trace`: whole or not there. */

import { constants } from 'node:fs';
import { access, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Trace, WickError } from '@wick/core';
import { reasonOf } from './failure.js';
import type { Io } from './io.js';

/**
 * Checks that a trace can be written, before the work that it is about, and says that tracing is on.
 * Returns the absolute path.
 *
 * @throws WickError `BAD_FILE`
 */
export async function announceTrace(io: Io, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  try {
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) {
    throw new WickError('BAD_FILE', `the trace cannot be written to ${file}: that is no regular file`);
  }
  await io.stderr.write(`wick: tracing is on, to ${file}\n`);
  return path;
}

/** Writes the trace beside its place and moves it there, so that nobody ever sees half of it. */
export async function writeTrace(io: Io, path: string, trace: Trace): Promise<void> {
  const { traceEvents } = trace.toChromeTrace();
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    await writeFile(beside, JSON.stringify({ traceEvents }));
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw unwritable(path, cause);
  }
  const left = trace.dropped === 0 ? '' : `, ${trace.dropped} more did not fit`;
  await io.stderr.write(`wick: trace written to ${path} (${traceEvents.length} events${left})\n`);
}

function unwritable(file: string, cause: unknown): WickError {
  return new WickError('BAD_FILE', `the trace cannot be written to ${file}: ${reasonOf(cause)}`, { cause });
}
