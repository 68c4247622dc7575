/** What `wick conformance` prints. */

import type { ConformanceReport, Counts, KernelRow } from '@wick/conformance';
import { formatTable, indent } from './table.js';
import { countOf, formatDuration } from './units.js';

/** Who was asked, a table by kernel and dtype, one by group, exclusions, failures, and the sum. */
export function formatReport(report: ConformanceReport): string {
  const { kernels, groups } = report;
  return [
    headline(report),
    kernels.length > 0 ? formatTable([HEAD, ...kernels.map(kernelRow)], ALIGN) : '',
    groups.length > 0
      ? formatTable(
          [['group', ...COLUMNS], ...groups.map(({ group, counts }) => [group, ...cells(counts)])],
          ['left', ...RIGHT],
        )
      : '',
    exclusions(report),
    failures(report),
    sum(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const COLUMNS = ['passed', 'failed', 'left out'];
const RIGHT = COLUMNS.map(() => 'right' as const);
const HEAD = ['kernel', 'dtype', ...COLUMNS, 'largest error'];
const ALIGN = ['left', 'left', ...RIGHT, 'right'] as const;

function headline({ backend, host }: ConformanceReport): string {
  const { name, vendor, device, driver } = backend;
  return `conformance of ${name}: ${device}; ${driver} (${vendor}); ${host}`;
}

/** The largest error is told in units of the tolerance. */
function kernelRow({ kernel, dtype, counts, largestError }: KernelRow): string[] {
  const error = largestError === undefined ? '' : largestError.share.toFixed(3);
  return [kernel, dtype, ...cells(counts), error];
}

function cells(counts: Counts): string[] {
  const failed = counts.failed + counts['passed unexpectedly'];
  const leftOut = counts.skipped + counts['failed as expected'];
  return [counts.passed, failed, leftOut].map(String);
}

function exclusions({ exclusions: list }: ConformanceReport): string {
  if (list.length === 0) return '';
  const lines = list.map(
    ({ status, reason, cases }) => `${countOf(cases.length, 'case')} ${status}: ${reason}`,
  );
  return `left out\n${indent(lines.join('\n'))}`;
}

function failures({ failures: list, listProblems }: ConformanceReport): string {
  if (list.length + listProblems.length === 0) return '';
  const lines = list.map(
    ({ case: name, status, message }) => `${name}\n${indent(`${status}: ${message}`, 4)}`,
  );
  return `wrong\n${indent([...lines, ...listProblems].join('\n'))}`;
}

function sum({ counts, milliseconds, filter, shard, interrupted, conforms }: ConformanceReport): string {
  const cases = Object.values(counts).reduce((total, count) => total + count, 0);
  const words = Object.entries(counts).filter(([, count]) => count > 0);
  const part = [
    ...(filter === undefined ? [] : [` Only cases with "${filter}".`]),
    ...(shard === undefined ? [] : [` Shard ${shard.index} of ${shard.count}.`]),
    ...(interrupted === true ? [' The run was interrupted.'] : []),
  ].join('');
  return `${countOf(cases, 'case')} in ${formatDuration(milliseconds)}: ${words
    .map(([status, count]) => `${count} ${status}`)
    .join(
      ', ',
    )}. Largest errors are in units of the tolerance.${part}\n${conforms ? 'conforms' : 'does not conform'}`;
}
