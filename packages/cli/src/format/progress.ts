/** One event of progress as a line. */

import type { OnProgress, ProgressKind } from '@wick/models';
import { formatBytes, formatCount, shorten } from './units.js';

const VERBS: Readonly<Record<ProgressKind, string>> = {
  download: 'downloading',
  read: 'reading',
  upload: 'uploading',
  compile: 'compiling',
  prompt: 'reading the prompt',
  generate: 'generating',
  step: 'step',
  tile: 'tile',
};

const BAR = 20;

/** `reading model.safetensors  [#####               ]  1.20 of 4.75 MiB`, at most `columns` long. */
export function formatProgress(
  { kind, label, loaded, total }: Parameters<OnProgress>[0],
  columns: number,
): string {
  const inBytes = kind === 'download' || kind === 'read' || kind === 'upload';
  const amount = inBytes ? formatBytes : formatCount;
  const done = total === undefined ? amount(loaded) : `${amount(loaded)} of ${amount(total)}`;
  const filled = total === undefined ? 0 : total === 0 ? BAR : Math.floor((loaded / total) * BAR);
  const bar = total === undefined ? '' : `[${'#'.repeat(filled).padEnd(BAR)}]  `;
  const tail = `  ${bar}${done}`;
  const verb = VERBS[kind];
  return shorten(
    `${verb} ${shorten(label, Math.max(8, columns - verb.length - 1 - tail.length), 'end')}${tail}`,
    columns,
  );
}
