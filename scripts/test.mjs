/**
 * `npm test`: installs, runs every check and every test, says what was not run and why, and ends with one
 * line `N passed, N failed`. Arguments go to Vitest; `--static` alone leaves the tests out.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks, runChecks } from './lib/checks.mjs';
import { install } from './lib/install.mjs';
import { messageOf, requireNode, runNode } from './lib/process.mjs';
import { formatTable } from './lib/table.mjs';

/** @typedef {import('./lib/vitest-reporter.mjs').Summary} Summary */

requireNode();

/** @type {Summary} */
const total = { passed: 0, failed: 0, unselected: 0, notRun: [], hosts: [] };

/** @param {string} name @param {boolean} ok @param {number} seconds */
function stage(name, ok, seconds) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}  ${seconds.toFixed(1)} s`);
}

async function installStage() {
  const start = performance.now();
  try {
    const result = await install();
    stage(
      result === 'fresh' ? 'install (nothing to do)' : 'install',
      true,
      (performance.now() - start) / 1000,
    );
    return true;
  } catch (error) {
    stage('install', false, (performance.now() - start) / 1000);
    console.log(messageOf(error));
    total.failed += 1;
    return false;
  }
}

/** @param {readonly string[]} args */
async function vitestStage(args) {
  const folder = mkdtempSync(join(tmpdir(), 'wick-test-'));
  const file = join(folder, 'summary.json');
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/vitest-reporter.mjs'];
  try {
    const outcome = await runNode('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...args], {
      inherit: true,
      env: { WICK_TEST_SUMMARY: file },
    });
    const summary = readSummary(file);
    if (summary === undefined) {
      console.log('Vitest ended without a result.');
      total.notRun.push({ suite: 'what Vitest had not run', reason: 'Vitest died', tests: 0 });
    }
    total.passed += summary?.passed ?? 0;
    total.unselected += summary?.unselected ?? 0;
    total.notRun.push(...(summary?.notRun ?? []));
    total.hosts.push(...(summary?.hosts ?? []));
    // A run that fails without naming a failed test, or that dies, still is a failure.
    total.failed += Math.max(summary?.failed ?? 1, outcome.ok ? 0 : 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {Summary | undefined} */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function printHosts() {
  if (total.hosts.length === 0) return;
  console.log('');
  console.log('Hosts that ran the conformance suite:');
  const rows = total.hosts.map(({ suite, host, adapter }) => [suite, host, adapter]);
  console.log(formatTable(['suite', 'host', 'adapter'], rows));
}

function printNotRun() {
  console.log('');
  if (total.unselected > 0) console.log(`${total.unselected} tests left out by the name pattern.`);
  if (total.notRun.length === 0) {
    console.log('Nothing was skipped.');
    return;
  }
  const rows = total.notRun.map(({ suite, tests, reason }) => [
    suite,
    tests === 0 ? '' : String(tests),
    reason ?? 'no reason given',
  ]);
  console.log('Not run:');
  console.log(formatTable(['suite', 'tests', 'why'], rows));
}

const args = process.argv.slice(2);
const isStatic = args.includes('--static');

if (await installStage()) {
  await runChecks(2, (check, outcome, seconds) => {
    stage(check.name, outcome.ok, seconds);
    if (outcome.ok) total.passed += 1;
    else total.failed += 1;
    if (!outcome.ok || check.hasFigures) console.log(outcome.output.trimEnd());
  });
  if (isStatic) total.notRun.push({ suite: 'all unit tests', reason: '--static was given', tests: 0 });
  else await vitestStage(args);
} else {
  const reason = 'the install failed';
  total.notRun.push({ suite: `${checks.length} checks and all unit tests`, reason, tests: 0 });
}

printHosts();
printNotRun();
console.log('');
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
