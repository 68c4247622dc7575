/** Lets a model write to standard output, and measures it. */

import type { DeviceStats } from '@wick/core';
import type { SamplingOptions } from '@wick/models';
import { isWickError } from './failure.js';
import { type Io, OutputClosed } from './io.js';
import type { ChosenModel } from './models.js';
import { ProgressLine } from './progress.js';
import type { Session } from './session.js';
import type { BackendInfo } from '@wick/core';

/** How a generation ended. */
export type End = 'length' | 'end' | 'context' | 'cancelled' | 'closed' | 'failed';

/** Milliseconds; a phase that was not reached took 0. */
export interface Times {
  readonly open: number;
  readonly load: number;
  /** From the start to the first token. */
  prompt: number;
  /** From the first token to the last. */
  decode: number;
}

/** What is known after a generation, also after one that failed. */
export interface Report {
  readonly model: { readonly name: string; readonly path: string | undefined };
  readonly parameters: number;
  readonly contextLength: number;
  readonly backend: BackendInfo;
  readonly sampling: SamplingOptions;
  promptTokens: number | undefined;
  tokens: number;
  end: End;
  readonly milliseconds: Times;
  stats: DeviceStats;
}
