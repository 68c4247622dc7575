/** The tables of the report, as Markdown that is also readable in a terminal. */

import type { PlanVariant } from '../plans/compare.js';
import type { Results } from './results.js';
import { checkTargets } from './targets.js';

type Row = readonly string[];

/** Columns are aligned; the first to the left, the others to the right. */
export function markdownTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (row: Row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const micro = (value: number) => value.toFixed(2);
const times = (value: number) => `${value.toFixed(2)}x`;
const count = (value: number) => value.toLocaleString('en-US');

/** Three digits. */
function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return value >= 100 ? count(Math.round(value)) : value.toPrecision(3);
}

/** Microseconds per dispatch. */
export function dispatchTable({ dispatches }: Results): string {
  return markdownTable(
    ['dispatches', 'record', 'plan', 'submit', 'sum', 'replay', 'naive', 'sum / naive', 'replay / naive'],
    dispatches.map((cost) => [
      count(cost.dispatches),
      micro(cost.record),
      micro(cost.plan),
      micro(cost.submit),
      micro(cost.total),
      micro(cost.replay),
      micro(cost.naive),
      times(cost.totalRatio),
      times(cost.replayRatio),
    ]),
  );
}

/** The ratios again, median against median. */
export function medianTable({ dispatches }: Results): string {
  return markdownTable(
    ['dispatches', 'rounds', 'sum / naive', 'replay / naive'],
    dispatches.map((cost) => [
      count(cost.dispatches),
      count(cost.rounds),
      times(cost.medianTotalRatio),
      times(cost.medianReplayRatio),
    ]),
  );
}

export function planTable({ plans }: Results): string {
  return markdownTable(
    [
      'network',
      'look-ahead',
      'placement',
      'commands',
      'submissions',
      'barriers',
      'epochs',
      'memory, MB',
      'of live set',
    ],
    plans.map(({ network, lookAhead, placement, figures }) => [
      network,
      count(lookAhead),
      placement,
      count(figures.commands),
      count(figures.submissions),
      count(figures.barriers),
      count(figures.epochs),
      megabytes(figures.plannedBytes),
      times(figures.plannedBytes / figures.largestLiveBytes),
    ]),
  );
}

/** One line for each network: program order without sharing, and what users run. */
export function planSummary({ plans }: Results): string {
  const networks = [...new Set(plans.map(({ network }) => network))];
  const find = (network: string, lookAhead: number, placement: PlanVariant['placement']) =>
    plans.find(
      (plan) => plan.network === network && plan.lookAhead === lookAhead && plan.placement === placement,
    )?.figures;
  const rows = networks.flatMap((network) => {
    const before = find(network, 1, 'apart');
    const after = find(network, 64, 'share');
    if (before === undefined || after === undefined) return [];
    return [
      [
        network,
        count(after.commands),
        count(before.barriers),
        count(after.barriers),
        megabytes(before.plannedBytes),
        megabytes(after.plannedBytes),
        megabytes(after.largestLiveBytes),
      ],
    ];
  });
  return markdownTable(
    ['network', 'commands', 'barriers, program order', 'ordered', 'MB, apart', 'placed', 'largest live set'],
    rows,
  );
}

export function stepTable({ step }: Results): string {
  const milliseconds = (value: number) => `${value.toFixed(2)} ms`;
  const parts = { recording: step.record, planning: step.plan, replaying: step.replay };
  return markdownTable(
    ['UNet step', 'commands', 'submissions', 'fastest', 'median'],
    Object.entries(parts).map(([name, spread]) => [
      name,
      count(step.commands),
      count(step.submissions),
      milliseconds(spread.fastest),
      milliseconds(spread.median),
    ]),
  );
}

export function targetTable(results: Results): string {
  return markdownTable(
    ['target', 'at most', 'measured', ''],
    checkTargets(results).map(({ name, most, measured, unit, met }) => [
      name,
      `${most}${unit}`,
      `${measured.toFixed(2)}${unit}`,
      met ? 'met' : 'missed',
    ]),
  );
}
