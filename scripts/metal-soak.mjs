/** `pnpm metal:soak [N]`: N submissions (100,000) on Metal, after which memory and objects have to be flat. */
import { runNode } from './lib/process.mjs';

const rounds = process.argv.slice(2).find((arg) => /^[0-9]+$/.test(arg)) ?? '100000';
const { code } = await runNode(
  'node_modules/vitest/vitest.mjs',
  ['run', 'packages/backend-metal/test/failures.test.ts', '-t', 'holds nothing'],
  { inherit: true, env: { WICK_METAL_ROUNDS: rounds } },
);
process.exitCode = code;
