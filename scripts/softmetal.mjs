/**
 * `node scripts/softmetal.mjs`: builds the software Metal and the addon of the Metal backend for it, for
 * tests on Linux. `--install` installs the Debian packages that are missing first; `--if-possible` says why
 * it cannot and is content, unless WICK_REQUIRE_HOSTS is set; `--sanitize` and `--bench` as in the two builds.
 */
import { whyUnavailable } from '@wick/softmetal/build';
import { runNode } from './lib/process.mjs';

const args = process.argv.slice(2);
const isRequired = !args.includes('--if-possible') || Boolean(process.env.WICK_REQUIRE_HOSTS);
const has = (/** @type {string} */ name) => (args.includes(name) ? [name] : []);

const reason = args.includes('--install') ? undefined : whyUnavailable();
if (reason === undefined) {
  await step('packages/softmetal/build.mjs', [...has('--install'), ...has('--sanitize')]);
  await step('packages/backend-metal/native/build.mjs', [
    '--softmetal',
    ...has('--sanitize'),
    ...has('--bench'),
  ]);
} else {
  console.log(`The software Metal is not built: ${reason}.`);
  if (isRequired) process.exitCode = 1;
}

/** @param {string} file @param {readonly string[]} options */
async function step(file, options) {
  if (process.exitCode) return;
  const { code } = await runNode(file, options, { inherit: true });
  process.exitCode = code;
}
