/** What `wick plan` prints for one plan. */

import type { PlanFigures } from '@wick/core';
import type { ConflictReport, EpochReport, PassReport, PlanReport, TemporaryReport } from '../plan/report.js';
import { commonGroup, summariseLabels } from './labels.js';
import { formatPlacementMap, glyphOf } from './placement-map.js';
import { findRepeats } from './repeats.js';
import { formatTable, indent } from './table.js';
import { countOf, formatBytes, shorten } from './units.js';

export interface PlanFormat {
  readonly columns: number;
  /** Every command and every temporary, however long lines become. */
  readonly full: boolean;
}

const MAP_ROWS = 24;
/** Groups of temporaries that are listed unless all are. */
const LISTED = 8;
/** Letters of one group that are shown. */
const LETTERS = 6;
/** Shortest stretch of epochs that is not shown again. */
const LEAST_REPEAT = 4;

export function formatPlan(plan: PlanReport, format: PlanFormat): string {
  return [
    formatFigures(plan.label, plan.figures),
    ...plan.passes.map((pass) => formatPass(pass, format)),
    formatPlacement(plan, format),
  ].join('\n\n');
}

function formatFigures(label: string, figures: PlanFigures): string {
  const { commands, dispatches, transfers, passes, epochs, barriers, submissions } = figures;
  const { plannedBytes, unplannedBytes, largestLiveBytes } = figures;
  const counts = [
    `${countOf(commands, 'command')} (${countOf(dispatches, 'dispatch', 'dispatches')}, ${countOf(transfers, 'transfer')})`,
    countOf(passes, 'pass', 'passes'),
    countOf(epochs, 'epoch'),
    countOf(barriers, 'barrier'),
    countOf(submissions, 'submission'),
  ].join(', ');
  const memory = [
    `${formatBytes(plannedBytes)} planned`,
    `${formatBytes(unplannedBytes)} unplanned`,
    `${formatBytes(largestLiveBytes)} largest live set`,
  ].join(', ');
  return `${label}: ${counts}\n  memory of temporaries: ${memory}`;
}

function formatPass(pass: PassReport, format: PlanFormat): string {
  const { number, kind, submission, waits, epochs } = pass;
  const waiting =
    waits.length === 0 ? '' : `, waits for ${waits.length === 1 ? 'pass' : 'passes'} ${waits.join(', ')}`;
  const head = `pass ${number} (${kind}) of submission ${submission}${waiting}`;
  return [head, ...formatEpochs(epochs, format)].join('\n');
}

function formatEpochs(epochs: readonly EpochReport[], format: PlanFormat): string[] {
  const texts = epochs.map((epoch, i) => formatEpoch(epoch, i, format));
  if (format.full) return texts;
  const lines: string[] = [];
  let shown = 0;
  for (const { start, period, times } of findRepeats(epochs.map(signatureOf), LEAST_REPEAT)) {
    lines.push(...texts.slice(shown, start + period));
    const [from, to] = [start + period, start + period * times - 1];
    const again = times === 2 ? 'once more' : `${times - 1} times more`;
    lines.push(`  ... epochs ${from} to ${to}: as ${start} to ${from - 1}, ${again} (--full shows them)`);
    shown = to + 1;
  }
  return [...lines, ...texts.slice(shown)];
}

/** What two epochs have in common that do the same in different layers. */
function signatureOf({ barrier, commands }: EpochReport): string {
  const plain = (label: string) => label.replace(/\d+/g, 'N');
  const conflicts = barrier?.conflicts.map(({ hazard, resources, byteLength, earlier, later }) => [
    hazard,
    resources.map(plain),
    byteLength,
    plain(earlier.label),
    plain(later.label),
  ]);
  return JSON.stringify([conflicts, commands.map(({ label }) => plain(label))]);
}

function formatEpoch({ barrier, commands }: EpochReport, number: number, format: PlanFormat): string {
  const lines: string[] = [];
  if (barrier !== undefined) lines.push(...formatBarrier(barrier.number, barrier.conflicts, format));
  const [first] = commands;
  const last = commands.at(-1);
  const range = first === last ? `#${first?.position}` : `#${first?.position}-${last?.position}`;
  const head = `  epoch ${String(number).padEnd(6)} ${range.padEnd(9)} `;
  if (!format.full) {
    const labels = commands.map(({ label }) => label);
    return [...lines, head + summariseLabels(labels, format.columns - head.length)].join('\n');
  }
  const rows = commands.map(({ position, kind, label, kernel, grid, reads, writes }) => [
    `#${position}`,
    label,
    kernel === undefined ? kind : `${kernel} ${grid?.join('x')}`,
    `${reads.join(', ')} -> ${writes.join(', ')}`,
  ]);
  return [...lines, head.trimEnd(), indent(formatTable(rows), 4)].join('\n');
}

function formatBarrier(
  number: number,
  conflicts: readonly ConflictReport[],
  { columns, full }: PlanFormat,
): string[] {
  const head = `  - barrier ${String(number).padEnd(4)} `;
  if (full) return conflicts.map((conflict) => head + formatConflict(conflict, Number.POSITIVE_INFINITY));
  const [nearest, ...others] = conflicts;
  if (nearest === undefined) return [head.trimEnd()];
  const more = others.length === 0 ? '' : ` (+${others.length} more)`;
  return [head + formatConflict(nearest, columns - head.length - more.length) + more];
}

/** `linear (5.25 KiB), layers.0/mlp: #35 gate_proj/linear writes, #38 gated silu reads`. */
function formatConflict(conflict: ConflictReport, width: number): string {
  const { hazard, resources, byteLength, earlier, later } = conflict;
  const [after, before] = hazard.split(' after ');
  const [first, second] = resources;
  const name = first === second ? second : `${second} over ${first}`;
  const group = commonGroup([earlier.label, later.label]);
  const what = `${name} (${formatBytes(byteLength)})`;
  const inGroup = group === '' ? what : `${what}, ${group.slice(0, -1)}`;
  const parts = [`: #${earlier.position} `, ` ${before}s, #${later.position} `, ` ${after}s`];
  const labels = [earlier.label.slice(group.length), later.label.slice(group.length)] as const;
  const rest = parts.join('').length;
  const whole = inGroup.length + rest + labels.join('').length <= width;
  // The epochs around it tell the group too.
  const head = whole ? inGroup : what;
  const room = width - head.length - rest;
  const firstLabel = shorten(labels[0], Math.max(8, room - Math.min(labels[1].length, room >> 1)), 'end');
  const secondLabel = shorten(labels[1], Math.max(8, room - firstLabel.length), 'end');
  return shorten(head + parts[0] + firstLabel + parts[1] + secondLabel + parts[2], width);
}

function formatPlacement(
  { figures, memory, temporaries }: PlanReport,
  { columns, full }: PlanFormat,
): string {
  if (temporaries.length === 0) return 'placement: no temporaries';
  const entries = [...temporaries.entries()];
  const arenas = [...memory.entries()].filter(([index]) => entries.some(([, each]) => each.memory === index));
  const maps = arenas.map(([index, { byteLength }], i) => {
    const here = entries.filter(([, temporary]) => temporary.memory === index);
    const head = `arena ${i} (${formatBytes(byteLength)}, ${countOf(here.length, 'temporary', 'temporaries')}):`;
    const map = formatPlacementMap(here, figures.commands, { columns: columns - 2, rows: MAP_ROWS });
    return `  ${head}\n${indent(map)}`;
  });
  const arenaOf = (index: number) => arenas.findIndex(([arena]) => arena === index);
  const legend = full
    ? `  temporaries:\n${indent(listAll(entries, arenaOf), 4)}`
    : `  the largest temporaries:\n${indent(listLargest(entries), 4)}`;
  return `placement: a letter is a temporary, · is free\n${maps.join('\n')}\n\n${legend}`;
}

type Entry = readonly [number, TemporaryReport];

function listAll(entries: readonly Entry[], arenaOf: (memory: number) => number): string {
  const rows = entries.map(([index, { label, memory, offset, byteLength, first, last }]) => [
    glyphOf(index),
    label,
    formatBytes(byteLength),
    `arena ${arenaOf(memory)} + ${offset}`,
    `#${first} to #${last}`,
  ]);
  return formatTable(rows, ['left', 'left', 'right']);
}

/** Those of the same label and size count as one. */
function listLargest(entries: readonly Entry[]): string {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = `${entry[1].byteLength} ${entry[1].label}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const largest = [...groups.values()].sort((a, b) => b[0][1].byteLength - a[0][1].byteLength);
  const rows = largest.slice(0, LISTED).map((group) => {
    const [, { label, byteLength, first, last }] = group[0];
    const letters = group.slice(0, LETTERS).map(([index]) => glyphOf(index));
    return [
      letters.join(' ') + (group.length > LETTERS ? ' …' : ''),
      shorten(label, 40, 'end'),
      formatBytes(byteLength),
      group.length === 1 ? '' : `${group.length} of them`,
      `first #${first} to #${last}`,
    ];
  });
  return formatTable(rows, ['left', 'left', 'right', 'right']);
}
