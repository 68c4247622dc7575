/** Runs the built CLI inside this process, so that streams, signals and the exit code are its own. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './process.mjs';

/** @param {readonly string[]} args */
export async function runCli(args) {
  const bin = join(root, 'packages', 'cli', 'dist', 'bin.js');
  process.argv = [process.execPath, bin, ...args];
  await import(pathToFileURL(bin).href);
}
