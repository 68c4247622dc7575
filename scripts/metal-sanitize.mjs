/**
 * `pnpm metal:sanitize`: softmetal's own tests, and those of the Metal backend's addon, built with
 * AddressSanitizer and UndefinedBehaviorSanitizer. The first run compiles for a few minutes of one core.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, whyUnavailable } from '@wick/softmetal/build';
import { root, runNode } from './lib/process.mjs';

/** What drives the addon and takes seconds: races, failures, endings of a device and of a process, and words from JavaScript. */
const ADDON_TESTS = ['races', 'failures', 'collected', 'process-end', 'pack', 'errors'];

const runtime = spawnSync('clang', ['-print-file-name=libclang_rt.asan-x86_64.so'], { encoding: 'utf8' });
const preload = runtime.stdout?.trim() ?? '';
const reason =
  whyUnavailable() ??
  (existsSync(preload) ? undefined : "the sanitizers need clang's runtime: apt-get install libclang-rt-dev");
if (reason !== undefined) {
  console.error(reason);
  process.exit(1);
}

await build({ sanitize: true, test: true });
const { ok } = await runNode('packages/backend-metal/native/build.mjs', ['--softmetal', '--sanitize'], {
  inherit: true,
});
const folder = join(root, 'packages/softmetal');
const sanitizers = { UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1', SOFTMETAL_QUIET: '1' };

// GNU's runtime and GNUstep keep what they have registered until the end.
const suppressions = join(folder, 'test/native/leaks.supp');
const native = spawnSync(join(folder, 'dist/sanitize/softmetal-test'), {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...sanitizers,
    ASAN_OPTIONS: 'detect_leaks=1',
    LSAN_OPTIONS: `suppressions=${suppressions}:print_suppressions=0`,
  },
});
// Node itself leaks by that measure: leaks of the addon are for the test over thousands of submissions.
const tests = ADDON_TESTS.map((name) => `packages/backend-metal/test/${name}.test.ts`);
const addon = await runNode('node_modules/vitest/vitest.mjs', ['run', ...tests], {
  inherit: true,
  env: {
    ...sanitizers,
    LD_PRELOAD: preload,
    ASAN_OPTIONS: 'detect_leaks=0',
    WICK_METAL_ADDON: join(root, 'packages/backend-metal/build/sanitize/wick_metal.node'),
  },
});
const passed = ok && native.status === 0 && addon.ok;
console.log(`softmetal: ${native.status === 0 ? 'ok' : 'FAILED'}, addon: ${addon.ok ? 'ok' : 'FAILED'}`);
process.exitCode = passed ? 0 : 1;
