/** `npm run demo`: installs, builds and runs the demo of the CLI, on a machine with nothing but Node and npm. */
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { messageOf, requireNode } from './lib/process.mjs';
import { runCli } from './lib/run-cli.mjs';

requireNode();

/** Says what takes a while, but keeps standard output for the demo. @param {string} text */
const progress = (text) => process.stderr.write(`${text}\n`);

try {
  await install(() => progress('Installing ...'));
  const outcome = await build(() => progress('Building ...'));
  if (!outcome.ok) throw new Error(`The build failed:\n${outcome.output}`);
  await runCli(['demo', ...process.argv.slice(2)]);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
