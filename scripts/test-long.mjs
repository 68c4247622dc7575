/**
 * `pnpm test:long`: the tests of pictures that take many minutes on devices in software. Arguments go to
 * Vitest.
 */
import { run } from './lib/process.mjs';

const files = [
  'packages/models/test/diffusion/networks.test.ts',
  'packages/models/test/diffusion/pipeline.test.ts',
  'packages/models/test/diffusion/shapes.test.ts',
  'packages/models/test/diffusion/same-picture.test.ts',
  'packages/models/test/diffusion/metal-seeds.test.ts',
  'packages/models/test/wuerstchen/fixtures.test.ts',
  'packages/models/test/taesd',
];
/** For a test that sets no limit of its own: compiling alone takes half a minute on a busy machine. */
const LIMIT_MS = 30 * 60_000;

const env = { WICK_LONG: '1', WICK_PICTURE_SEEDS: '20' };
const { code } = await run(
  'vitest',
  ['run', `--testTimeout=${LIMIT_MS}`, ...files, ...process.argv.slice(2)],
  {
    inherit: true,
    env,
  },
);
process.exitCode = code;
