/** Finds and reads the configuration. What may stand in it is the core's business. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkConfig, type WickConfig, WickError } from '@wick/core';
import { reasonOf } from './failure.js';
import type { Io } from './io.js';

/** Read from the working directory when no other file is named. */
export const CONFIG_FILE = 'wick.config.json';

/**
 * The configuration in `file`, or in the working directory's `wick.config.json` if there is one.
 *
 * @throws WickError `BAD_CONFIG`
 */
export async function readConfig(io: Io, file: string | undefined): Promise<WickConfig> {
  const path = resolve(io.cwd, file ?? CONFIG_FILE);
  const label = file ?? CONFIG_FILE;
  const bad = (what: string, cause: unknown) =>
    new WickError('BAD_CONFIG', `${label}: ${what}`, { label, cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (absent && file === undefined) return {};
    throw bad(reasonOf(cause), cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw bad(cause instanceof Error ? `is not JSON: ${cause.message}` : 'is not JSON', cause);
  }
  return checkConfig(value, label);
}
