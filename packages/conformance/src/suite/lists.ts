/** The two lists of exclusions that a backend may have. No entry is a pattern, and none is silent. */

import { DTYPES, type DType } from '@wick/core';
import type { ConformanceCase } from './case.js';

/** Names one case, or every case of one kernel and dtype; and says why. */
export type ListEntry =
  | { readonly case: string; readonly reason: string }
  | { readonly kernel: string; readonly dtype: DType; readonly reason: string };

export interface ExclusionLists {
  /** What the backend will never do. These cases do not run; the reason is shown. */
  readonly unsupported?: readonly ListEntry[];
  /** What it does not do yet. These cases run, and an unexpected pass fails. */
  readonly expectedFailures?: readonly ListEntry[];
}

export function names(entry: ListEntry, given: ConformanceCase): boolean {
  return 'case' in entry
    ? entry.case === given.name
    : entry.kernel === given.kernel && entry.dtype === given.dtype;
}

/** The reason of the first entry that names the case. */
export function reasonFor(
  list: readonly ListEntry[] | undefined,
  given: ConformanceCase,
): string | undefined {
  return list?.find((entry) => names(entry, given))?.reason;
}

/** What is wrong with the lists: entries without a reason, or that name no case, or a case of both lists. */
export function checkLists(
  { unsupported = [], expectedFailures = [] }: ExclusionLists,
  cases: readonly ConformanceCase[],
): string[] {
  const problems: string[] = [];
  for (const entry of [...unsupported, ...expectedFailures]) {
    const subject = 'case' in entry ? `"${entry.case}"` : `kernel "${entry.kernel}" of ${entry.dtype}`;
    if (entry.reason.trim() === '') problems.push(`the entry for ${subject} has no reason`);
    if (!cases.some((given) => names(entry, given)))
      problems.push(`no case is named by the entry for ${subject}`);
  }
  for (const given of cases) {
    if (reasonFor(unsupported, given) !== undefined && reasonFor(expectedFailures, given) !== undefined) {
      problems.push(`"${given.name}" is in both lists`);
    }
  }
  return problems;
}

/** Checks lists that come from outside, a JSON file for example; throws an error that names the entry. */
export function parseExclusions(value: unknown): ExclusionLists {
  if (!isRecord(value)) throw new TypeError('the exclusions are no object');
  for (const key of Object.keys(value)) {
    if (key !== 'unsupported' && key !== 'expectedFailures') {
      throw new TypeError(`"${key}" is unknown; known are unsupported, expectedFailures`);
    }
  }
  const { unsupported = [], expectedFailures = [] } = value;
  return {
    unsupported: parseList(unsupported, 'unsupported'),
    expectedFailures: parseList(expectedFailures, 'expectedFailures'),
  };
}

function parseList(value: unknown, key: string): ListEntry[] {
  if (!Array.isArray(value)) throw new TypeError(`"${key}" is no list`);
  return value.map((entry: unknown, i) => {
    const bad = (what: string) => new TypeError(`${key}[${i}] ${what}`);
    if (!isRecord(entry)) throw bad('is no object');
    const { case: name, kernel, dtype, reason } = entry;
    if (typeof reason !== 'string') throw bad('has no reason');
    if (typeof name === 'string') return { case: name, reason };
    const known = DTYPES.find((each) => each === dtype);
    if (typeof kernel !== 'string' || known === undefined) {
      throw bad('names neither a case, nor a kernel and a dtype');
    }
    return { kernel, dtype: known, reason };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
