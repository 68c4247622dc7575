/** The checks that are not unit tests. Each counts as one test in the last line of `npm test`. */
import { build } from './build.mjs';
import { runNode } from './process.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<import('./process.mjs').Outcome>} run
 * @property {boolean} [isBuild]
 * @property {boolean} [needsBuild]
 * @property {boolean} [hasFigures] its output is shown also when it is good
 */

const biome = 'node_modules/@biomejs/biome/bin/biome';
const tsc = 'node_modules/typescript/bin/tsc';

/** @type {readonly Check[]} */
export const checks = [
  { name: 'build (turbo, tsup)', run: () => build(), isBuild: true },
  { name: 'lint and format (biome)', run: () => runNode(biome, ['check', '--error-on-warnings', '.']) },
  { name: 'types, everything (tsc)', run: () => runNode(tsc, ['-p', 'tsconfig.json']) },
  { name: 'types, without a host (tsc)', run: () => runNode(tsc, ['-p', 'tsconfig.neutral.json']) },
  { name: 'types, in a browser (tsc)', run: () => runNode(tsc, ['-p', 'examples/page/tsconfig.json']) },
  // Nothing to do but to say so where its tools are missing, unless WICK_REQUIRE_HOSTS is set.
  { name: 'software Metal (clang)', run: () => runNode('scripts/softmetal.mjs', ['--if-possible']) },
  { name: 'imports and cycles', run: () => runNode('scripts/check-imports.mjs') },
  {
    name: 'size of core and backend-webgpu',
    run: () => runNode('scripts/check-size.mjs'),
    hasFigures: true,
  },
  { name: 'generated files, licences', run: () => runNode('scripts/generate.mjs', ['--check']) },
  {
    name: 'packages (publint, arethetypeswrong)',
    run: () => runNode('scripts/check-packages.mjs'),
    needsBuild: true,
  },
];

/**
 * Runs all checks, a few at a time: those that need no build beside it, the others after it.
 * @param {number} atOnce
 * @param {(check: Check, outcome: import('./process.mjs').Outcome, seconds: number) => void} report
 */
export async function runChecks(atOnce, report) {
  const waiting = [...checks];
  /** @type {(ok: boolean) => void} */
  let builtOr = () => {};
  const built = new Promise((/** @type {(ok: boolean) => void} */ resolve) => {
    builtOr = resolve;
  });
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const buildFailed = check.needsBuild === true && !(await built);
      const start = performance.now();
      const outcome = buildFailed
        ? { ok: false, code: 1, output: 'not run, because the build failed' }
        : await check.run();
      if (check.isBuild === true) builtOr(outcome.ok);
      report(check, outcome, (performance.now() - start) / 1000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
