/** The figures of `--stats` for commands that make pictures. */

import type { BackendInfo, DeviceStats } from '@wick/core';
import { flattenStats } from './stats.js';

/** What was asked for, beside what came of it: the model, and the options that were given. */
export interface PictureRequest {
  readonly model: string;
  readonly options: Readonly<Record<string, string | number | undefined>>;
}

/** How a run ended, and what it took. */
export interface PictureReport {
  readonly end: 'done' | 'cancelled' | 'failed';
  readonly parameterCount: number | undefined;
  readonly pictures: number;
  readonly milliseconds: { readonly open: number; readonly load: number; readonly work: number };
  readonly backend: BackendInfo;
  readonly stats: DeviceStats;
}

/** One line of JSON without the line break. */
export function formatPictureStats({ model, options }: PictureRequest, report: PictureReport): string {
  const { end, parameterCount, pictures, milliseconds, backend, stats } = report;
  const { open, load, work } = milliseconds;
  return JSON.stringify({
    model: { path: model, parameters: parameterCount },
    backend,
    options,
    pictures,
    end,
    milliseconds: Object.fromEntries(
      Object.entries({ open, load, work, total: open + load + work }).map(([name, value]) => [
        name,
        Number(value.toFixed(3)),
      ]),
    ),
    ...flattenStats(stats),
  });
}
