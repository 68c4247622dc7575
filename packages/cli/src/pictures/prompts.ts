/** The prompts of `wick imagine`: those of the command line, or the lines of a file. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WickError } from '@wick/core';
import { reasonOf, UsageError } from '../failure.js';
import type { Io } from '../io.js';

/**
 * @param batch file with one prompt a line, or `-` for standard input
 * @throws UsageError when there is no prompt, or an empty one, WickError `BAD_FILE` for an unreadable file
 */
export async function promptsOf(
  io: Io,
  given: readonly string[],
  batch: string | undefined,
): Promise<readonly string[]> {
  if (given.some((prompt) => prompt.trim() === '')) throw new UsageError('a prompt is empty');
  const lines = batch === undefined ? [] : linesOf(await readBatch(io, batch));
  const prompts = [...given, ...lines];
  if (prompts.length > 0) return prompts;
  throw new UsageError(
    batch === undefined
      ? 'there is no prompt: give one, or --batch with a file of them'
      : `${batch} is empty`,
  );
}

async function readBatch(io: Io, file: string): Promise<string> {
  if (file === '-') return io.readInput();
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw new WickError('BAD_FILE', `${file} cannot be read: ${reasonOf(cause)}`, { label: file, cause });
  }
}

function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
