/** Reports of the shards of one run, put together again. */

import { WickError } from '@wick/core';
import { allCases } from '../suite/all-cases.js';
import type { ConformanceCase } from '../suite/case.js';
import { largerError } from './report.js';
import {
  type ConformanceReport,
  type Counts,
  type Exclusion,
  type GroupRow,
  type KernelRow,
  REPORT_FORMAT,
  type Shard,
} from './schema.js';

/**
 * One report of those of all shards, given in any order.
 *
 * @param cases the whole suite, for the order of rows; see `RunSuiteOptions.cases`
 * @throws WickError `INVALID_ARGUMENT` where a shard is missing or is there twice, or where they are not of
 *   one run: another backend, host, filter or seed
 */
export function mergeReports(
  reports: readonly ConformanceReport[],
  cases: readonly ConformanceCase[] = allCases(),
): ConformanceReport {
  const parts = inOrder(reports);
  const [{ shard: _, interrupted: __, ...first }] = parts;
  for (const part of parts) checkSameRun(first, part);
  const interrupted = parts.some((part) => part.interrupted === true);
  return {
    ...first,
    conforms: parts.every(({ conforms }) => conforms),
    complete: first.filter === undefined && !interrupted,
    ...(interrupted ? { interrupted } : {}),
    date:
      parts
        .map(({ date }) => date)
        .toSorted()
        .at(-1) ?? first.date,
    milliseconds: Math.max(...parts.map(({ milliseconds }) => milliseconds)),
    counts: parts.map(({ counts }) => counts).reduce(sum),
    kernels: kernelRows(parts, cases),
    groups: groupRows(parts, cases),
    exclusions: exclusions(parts),
    failures: parts.flatMap(({ failures }) => failures),
    listProblems: [...new Set(parts.flatMap(({ listProblems }) => listProblems))],
  };
}

/**
 * Checks that JSON is a report of this format; it is not looked at in depth.
 *
 * @throws TypeError
 */
export function parseReport(value: unknown): ConformanceReport {
  if (typeof value !== 'object' || value === null || !('format' in value)) {
    throw new TypeError('it is no report of the conformance suite');
  }
  if (value.format !== REPORT_FORMAT) {
    throw new TypeError(`it is of format "${value.format}", not "${REPORT_FORMAT}"`);
  }
  return value as ConformanceReport;
}

function inOrder(reports: readonly ConformanceReport[]): readonly ConformanceReport[] {
  const count = reports.find(({ shard }) => shard !== undefined)?.shard?.count;
  if (count === undefined) throw wrong('none of these reports is of a shard');
  const parts = Array.from({ length: count }, (_, i) => {
    const index = i + 1;
    const [part, ...more] = reports.filter(({ shard }) => isShard(shard, { index, count }));
    if (part === undefined) throw wrong(`shard ${index} of ${count} is missing`);
    if (more.length > 0) throw wrong(`shard ${index} of ${count} is there ${more.length + 1} times`);
    return part;
  });
  if (parts.length < reports.length) throw wrong(`a report is of no shard, or not of ${count}`);
  return parts;
}

function isShard(shard: Shard | undefined, wanted: Shard): boolean {
  return shard?.index === wanted.index && shard.count === wanted.count;
}

/** What one run has in common. */
const COMMON = [
  'backend',
  'host',
  'filter',
  'seeds',
  'firstSeed',
] as const satisfies readonly (keyof ConformanceReport)[];

function checkSameRun(first: Omit<ConformanceReport, 'shard'>, part: ConformanceReport): void {
  for (const name of COMMON) {
    const [a, b] = [first[name], part[name]].map((value) => JSON.stringify(value));
    if (a !== b) throw wrong(`these shards are of different runs: ${name} is ${a} and ${b}`);
  }
}

function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    'failed as expected': a['failed as expected'] + b['failed as expected'],
    'passed unexpectedly': a['passed unexpectedly'] + b['passed unexpectedly'],
  };
}

function kernelRows(parts: readonly ConformanceReport[], cases: readonly ConformanceCase[]): KernelRow[] {
  const keyOf = ({ kernel, dtype }: Pick<ConformanceCase, 'kernel' | 'dtype'>) => `${kernel} ${dtype}`;
  const rows = new Map<string, KernelRow>();
  for (const row of parts.flatMap(({ kernels }) => kernels)) {
    const before = rows.get(keyOf(row));
    const { kernel, dtype } = row;
    const largest = largerError(before?.largestError, row.largestError);
    rows.set(keyOf(row), {
      kernel,
      dtype,
      counts: before === undefined ? row.counts : sum(before.counts, row.counts),
      ...(largest === undefined ? {} : { largestError: largest }),
    });
  }
  return sorted(rows, cases.map(keyOf));
}

function groupRows(parts: readonly ConformanceReport[], cases: readonly ConformanceCase[]): GroupRow[] {
  const rows = new Map<string, GroupRow>();
  for (const { group, counts } of parts.flatMap(({ groups }) => groups)) {
    const before = rows.get(group);
    rows.set(group, { group, counts: before === undefined ? counts : sum(before.counts, counts) });
  }
  const others = cases.filter(({ kernel }) => kernel === undefined);
  return sorted(
    rows,
    others.map(({ group }) => group),
  );
}

function exclusions(parts: readonly ConformanceReport[]): Exclusion[] {
  const merged = new Map<string, Exclusion>();
  for (const exclusion of parts.flatMap((part) => part.exclusions)) {
    const { status, reason, cases } = exclusion;
    const key = `${status}: ${reason}`;
    const before = merged.get(key);
    merged.set(key, { status, reason, cases: [...(before?.cases ?? []), ...cases] });
  }
  const of = (status: Exclusion['status']) => [...merged.values()].filter((each) => each.status === status);
  return [...of('skipped'), ...of('failed as expected')];
}

/** Rows in the order in which the suite names their keys; what it does not name comes last. */
function sorted<T>(rows: ReadonlyMap<string, T>, order: readonly string[]): T[] {
  const place = new Map<string, number>();
  for (const [i, key] of order.entries()) if (!place.has(key)) place.set(key, i);
  return [...rows]
    .toSorted(([a], [b]) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length))
    .map(([, row]) => row);
}

function wrong(message: string): WickError {
  return new WickError('INVALID_ARGUMENT', message);
}
