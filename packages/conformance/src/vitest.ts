/** The suite as Vitest tests. */

import { afterAll, describe, expect, it } from 'vitest';
import { allCases } from './suite/all-cases.js';
import type { ConformanceCase } from './suite/case.js';
import { checkLists } from './suite/lists.js';
import { Conformance, type ConformanceOptions } from './suite/run.js';

export interface SuiteOptions extends ConformanceOptions {
  /** The cases to register. Default: all of them. */
  readonly cases?: readonly ConformanceCase[];
}

/**
 * Registers a test for every case of the suite. A backend package passes what its factory has, and its
 * lists: `suite({ ...cpu(), unsupported: [], expectedFailures: [] })`.
 */
export function suite({ cases = allCases(), ...options }: SuiteOptions): void {
  describe(`conformance of ${options.name}`, () => {
    const conformance = new Conformance(options);
    // The suite's own limit comes first, and says which case it was.
    const timeout = (options.timeout ?? 25_000) + 5000;
    afterAll(() => conformance.close());

    it('has lists that name cases, with reasons', () => {
      expect(checkLists(options, cases)).toEqual([]);
    });

    for (const [group, members] of grouped(cases)) {
      describe(group, () => {
        for (const member of members) {
          it(member.name, { timeout }, async (context) => {
            const { status, reason, error } = await conformance.run(member);
            if (status === 'skipped') context.skip(reason);
            if (status === 'failed') throw error;
            expect(status, reason).not.toBe('passed unexpectedly');
          });
        }
      });
    }
  });
}

function grouped(cases: readonly ConformanceCase[]): Map<string, ConformanceCase[]> {
  const groups = new Map<string, ConformanceCase[]>();
  for (const given of cases) {
    const members = groups.get(given.group);
    if (members === undefined) groups.set(given.group, [given]);
    else members.push(given);
  }
  return groups;
}
