/** A Vitest reporter that writes what `npm test` counts to the file named by WICK_TEST_SUMMARY. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './process.mjs';

/**
 * @typedef {object} Summary
 * @property {number} passed
 * @property {number} failed failed tests, hooks and files, and errors outside of any test
 * @property {number} unselected tests that a name pattern left out
 * @property {{ suite: string, reason: string | undefined, tests: number }[]} notRun
 * @property {{ suite: string, host: string, adapter: string }[]} hosts what suites say that they ran on
 */

/** @param {import('vitest/node').TestCase} test */
function suiteOf(test) {
  const file = relative(root, test.module.moduleId).replaceAll('\\', '/');
  return test.parent.type === 'suite' ? `${file} > ${test.parent.fullName}` : file;
}

/** @typedef {import('vitest/node').Reporter} Reporter */

/** @implements {Reporter} */
export default class SummaryReporter {
  /** @type {import('vitest/node').Vitest | undefined} */
  #vitest;

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest;
  }

  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(modules, errors) {
    const filtered = this.#vitest?.config.testNamePattern !== undefined;
    /** @type {Summary} */
    const summary = { passed: 0, failed: errors.length, unselected: 0, notRun: [], hosts: [] };
    for (const module of modules) {
      if (module.errors().length > 0) summary.failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) summary.failed += 1;
      for (const test of module.children.allTests()) addTest(summary, test, filtered);
    }
    const file = process.env.WICK_TEST_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}

/** Why a test did not run that says nothing itself. @param {import('vitest/node').TestCase} test */
function reasonOf(test) {
  if (test.options.mode === 'todo') return 'to do';
  return test.options.mode === 'run' ? 'a hook failed' : undefined;
}

/**
 * @param {Summary} summary
 * @param {import('vitest/node').TestCase} test
 * @param {boolean} filtered
 */
function addTest(summary, test, filtered) {
  const result = test.result();
  const { host } = test.meta();
  if (host !== undefined) summary.hosts.push({ suite: suiteOf(test), ...host });
  if (result.state === 'passed') summary.passed += 1;
  else if (result.state !== 'skipped') summary.failed += 1;
  else if (filtered && result.note === undefined) summary.unselected += 1;
  else {
    const suite = suiteOf(test);
    const reason = result.note ?? reasonOf(test);
    const known = summary.notRun.find((entry) => entry.suite === suite && entry.reason === reason);
    if (known === undefined) summary.notRun.push({ suite, reason, tests: 1 });
    else known.tests += 1;
  }
}
