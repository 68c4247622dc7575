/** Sums the results of cases up into a report. */

import type { BackendFacts } from '../suite/case.js';
import { type CaseResult, type CaseStatus, isGood } from '../suite/run.js';
import {
  type ConformanceReport,
  type Exclusion,
  type Failure,
  type GroupRow,
  type KernelRow,
  type LargestError,
  REPORT_FORMAT,
  type Shard,
} from './schema.js';

/** What results do not say of themselves. */
export interface ReportFacts {
  readonly backend: BackendFacts;
  /** See `describeHost`. */
  readonly host: string;
  readonly milliseconds: number;
  readonly seeds: number;
  readonly firstSeed: number;
  /** Whether no case of the suite was left out by a filter, a shard or an interrupt. */
  readonly complete: boolean;
  readonly filter?: string;
  readonly shard?: Shard;
  /** Whether cases that were asked for did not run. Default: false. */
  readonly interrupted?: boolean;
  /** See `checkLists`. Default: none. */
  readonly listProblems?: readonly string[];
  /** Default: now. */
  readonly date?: Date;
}

/** The report on `results`, which are in the order of the suite. */
export function report(results: readonly CaseResult[], facts: ReportFacts): ConformanceReport {
  const { backend, listProblems = [], filter, shard, date = new Date(), ...said } = facts;
  return {
    format: REPORT_FORMAT,
    conforms: listProblems.length === 0 && results.every(isGood),
    complete: said.complete,
    ...(filter === undefined ? {} : { filter }),
    ...(shard === undefined ? {} : { shard }),
    ...(said.interrupted === true ? { interrupted: true } : {}),
    backend: backend.info,
    host: said.host,
    limits: backend.limits,
    capabilities: backend.capabilities,
    date: date.toISOString(),
    milliseconds: Math.round(said.milliseconds),
    seeds: said.seeds,
    firstSeed: said.firstSeed,
    counts: countsOf(results),
    kernels: kernelRows(results),
    groups: groupRows(results),
    exclusions: exclusions(results),
    failures: results.flatMap(failureOf),
    listProblems,
  };
}

function countsOf(results: readonly CaseResult[]): Record<CaseStatus, number> {
  const counts = { passed: 0, failed: 0, skipped: 0, 'failed as expected': 0, 'passed unexpectedly': 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [item]);
    else members.push(item);
  }
  return groups;
}

function kernelRows(results: readonly CaseResult[]): KernelRow[] {
  const byKernel = grouped(results, ({ kernel }) => kernel);
  return [...byKernel].flatMap(([kernel, ofKernel]) =>
    [...grouped(ofKernel, ({ dtype }) => dtype).values()].flatMap((members): KernelRow[] => {
      const { dtype } = members[0];
      if (dtype === undefined) return [];
      const worst = worstOf(members);
      return [
        { kernel, dtype, counts: countsOf(members), ...(worst === undefined ? {} : { largestError: worst }) },
      ];
    }),
  );
}

function worstOf(members: readonly CaseResult[]): LargestError | undefined {
  let worst: LargestError | undefined;
  for (const { name, largestError } of members) {
    worst = largerError(worst, largestError === undefined ? undefined : { ...largestError, case: name });
  }
  return worst;
}

/** NaN is larger than nothing: a case whose error is no number has failed, and says so itself. */
export function largerError(
  a: LargestError | undefined,
  b: LargestError | undefined,
): LargestError | undefined {
  return b !== undefined && b.share > (a?.share ?? 0) ? b : a;
}

function groupRows(results: readonly CaseResult[]): GroupRow[] {
  const others = results.filter(({ kernel }) => kernel === undefined);
  return [...grouped(others, ({ group }) => group)].map(([group, members]) => ({
    group,
    counts: countsOf(members),
  }));
}

function exclusions(results: readonly CaseResult[]): Exclusion[] {
  const statuses = ['skipped', 'failed as expected'] as const;
  return statuses.flatMap((status) => {
    const ofStatus = results.filter((result) => result.status === status);
    return [...grouped(ofStatus, ({ reason }) => reason ?? '')].map(([reason, members]) => ({
      status,
      reason,
      cases: members.map(({ name }) => name),
    }));
  });
}

function failureOf({ name, status, error, reason }: CaseResult): Failure[] {
  if (status !== 'failed' && status !== 'passed unexpectedly') return [];
  const message = status === 'failed' ? messageOf(error) : (reason ?? '');
  return [{ case: name, status, message }];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
