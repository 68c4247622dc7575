#!/usr/bin/env node
/**
 * `pnpm wick` in a checkout: builds what changed, then runs the CLI. It is a binary, not a script of the
 * top-level package.json, because pnpm hands arguments to binaries as they are and prints nothing itself.
 */
import { build } from '../lib/build.mjs';
import { runCli } from '../lib/run-cli.mjs';

// Standard error may be a file that a program reads, so only a person is told.
const outcome = await build(() => {
  if (process.stderr.isTTY) process.stderr.write('Building ...\n');
});
if (outcome.ok) {
  await runCli(process.argv.slice(2));
} else {
  console.error(`The build failed:\n${outcome.output}`);
  process.exitCode = 1;
}
