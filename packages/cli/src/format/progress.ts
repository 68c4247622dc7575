/** One event of progress as a line. */

import type { OnProgress, ProgressKind } from '@wick/models';
import { formatBytes, formatCount, shorten } from './units.js';

/** An event of a model, of the conformance suite, or of a comparison. */
export type ShownProgress = Omit<Parameters<OnProgress>[0], 'kind'> & {
  readonly kind: ProgressKind | 'case' | 'compare';
};

const VERBS: Readonly<Record<ShownProgress['kind'], string>> = {
  download: 'downloading',
  read: 'reading',
  upload: 'uploading',
  compile: 'compiling',
  prompt: 'reading the prompt',
  generate: 'generating',
  step: 'drawing',
  tile: 'tiles of',
  case: 'case',
  compare: 'comparing',
};

const BAR = 20;

/**
 * `reading model.safetensors  [#####               ]  1.20 of 4.75 MiB, 3 s left`, at most `columns` long.
 *
 * @param timeLeft milliseconds, if it is known
 */
export function formatProgress(
  { kind, label, loaded, total }: ShownProgress,
  columns: number,
  timeLeft?: number,
): string {
  const inBytes = kind === 'download' || kind === 'read' || kind === 'upload';
  const amount = inBytes ? formatBytes : formatCount;
  const done = total === undefined ? amount(loaded) : `${amount(loaded)} of ${amount(total)}`;
  const filled = total === undefined ? 0 : total === 0 ? BAR : Math.floor((loaded / total) * BAR);
  const bar = total === undefined ? '' : `[${'#'.repeat(filled).padEnd(BAR)}]  `;
  const left = timeLeft === undefined ? '' : `, ${formatTimeLeft(timeLeft)} left`;
  const tail = `  ${bar}${done}${left}`;
  const verb = VERBS[kind];
  // Nothing is named before the first is compiled.
  const what = kind === 'compile' && label === '' ? 'kernels' : label;
  return shorten(
    `${verb} ${shorten(what, Math.max(8, columns - verb.length - 1 - tail.length), 'end')}${tail}`,
    columns,
  );
}

/** `5 s`, `2 min 5 s`, `3 h 20 min`: no finer than anyone can tell in advance. */
export function formatTimeLeft(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
