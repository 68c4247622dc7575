/** PNG files of the command line: read, named, and written whole or not at all. */

import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { WickError } from '@wick/core';
import type { RgbImage } from '@wick/models';
import { reasonOf, UsageError } from '../failure.js';
import type { Io } from '../io.js';

const SUFFIX = '.png';

/** @throws WickError `BAD_FILE` for a file that cannot be read or is no sound PNG */
export async function readPicture(io: Io, file: string): Promise<RgbImage> {
  const { decodePng } = await import('@wick/models');
  const bytes = await readFile(resolve(io.cwd, file)).catch((cause: unknown) => {
    throw new WickError('BAD_FILE', `${file} cannot be read: ${reasonOf(cause)}`, { label: file, cause });
  });
  return decodePng(bytes, file);
}

/**
 * Writes a picture, whole or not at all.
 *
 * @throws WickError `BAD_FILE`, also when the disk is full; then the file is what it was before
 */
export async function writePicture(
  io: Io,
  file: string,
  picture: RgbImage,
  signal: AbortSignal,
): Promise<void> {
  const [{ encodePng }, { writeFileWhole }] = await Promise.all([
    import('@wick/models'),
    import('@wick/models/node'),
  ]);
  await writeFileWhole(resolve(io.cwd, file), encodePng(picture), { signal });
}

/**
 * The files of `count` pictures: `out`, or with numbers of equal length in front of its suffix.
 *
 * @throws UsageError unless `out` is named like a PNG
 */
export function outputNames(out: string, count: number): readonly string[] {
  if (!out.toLowerCase().endsWith(SUFFIX) || /(^|[/\\])\.png$/i.test(out)) {
    throw new UsageError(`${out} is no name of a PNG file: it has to end in ${SUFFIX}`);
  }
  if (count === 1) return [out];
  const digits = `${count}`.length;
  return Array.from({ length: count }, (_, i) => withSuffix(out, `-${`${i + 1}`.padStart(digits, '0')}`));
}

/** The file of a picture as it is after a step. */
export function previewName(out: string, step: number, steps: number): string {
  return withSuffix(out, `.step-${`${step}`.padStart(`${steps}`.length, '0')}`);
}

function withSuffix(out: string, suffix: string): string {
  return `${out.slice(0, -SUFFIX.length)}${suffix}${out.slice(-SUFFIX.length)}`;
}

/**
 * Checks before the work that its results can be written.
 *
 * @throws WickError `BAD_FILE` for a folder that is not there or takes no files, or a name that is no file's
 */
export async function checkWritable(io: Io, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = resolve(io.cwd, file);
    const unwritable = (reason: string, cause?: unknown) =>
      new WickError('BAD_FILE', `${file} cannot be written: ${reason}`, { label: file, cause });
    try {
      await access(dirname(path), constants.W_OK);
    } catch (cause) {
      throw unwritable(`its folder: ${reasonOf(cause)}`, cause);
    }
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !found.isFile()) throw unwritable('that is no regular file');
  }
}
