/**
 * `pnpm metal:seeds [N]`: the conformance suite on softmetal under N seeds (50), each with its own adversary
 * and its own order of dispatches and threadgroups; says after each how much of the heap is in use. `--part`
 * runs what CI does: for each seed both regressions and a part of the cases where an order can matter.
 */
import { runNode } from './lib/process.mjs';

const args = process.argv.slice(2);
const seeds = args.find((arg) => /^[0-9]+$/.test(arg)) ?? '50';
const { code } = await runNode(
  'node_modules/vitest/vitest.mjs',
  ['run', '--reporter=verbose', '--logHeapUsage', 'packages/backend-metal/test/seeds.test.ts'],
  {
    inherit: true,
    env: { WICK_METAL_SEEDS: seeds, WICK_METAL_SWEEP: args.includes('--part') ? 'part' : 'all' },
  },
);
process.exitCode = code;
