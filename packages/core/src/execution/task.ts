/** A task: one plan to be carried out once, with the memory that it is bound to. */

import type { WickError } from '../errors.js';
import type { Block } from '../memory/pool.js';
import type { Storage } from '../memory/storage.js';
import type { EncodedSubmission } from '../planning/encode.js';
import type { Plan } from '../planning/plan.js';

/** A download that somebody waits for. */
export interface PendingDownload {
  readonly byteLength: number;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (cause: WickError) => void;
}

/** What a line of a plan's memory table stands for this time; undefined at arenas. */
export interface BoundStorage {
  readonly storage: Storage;
  /** Bytes added to every range that names the line: where a replay's slot begins. */
  readonly offset: number;
}

/** What survives from one replay of a plan to the next. */
export interface PlanCache {
  encoded: EncodedSubmission[] | undefined;
  /** The blocks of the arenas by line of the memory table; only where `keepArenas`. */
  arenas: (Block | undefined)[] | undefined;
  readonly keepArenas: boolean;
}

export interface Task {
  /** Ascending from 1 in the order in which tasks are carried out. */
  readonly number: number;
  readonly plan: Plan;
  readonly cache: PlanCache;
  readonly bound: readonly (BoundStorage | undefined)[];
  readonly downloads: readonly PendingDownload[];
  /** Values of replay parameters. */
  readonly values: Readonly<Record<string, number>> | undefined;
  /** Bytes for the host slots of a replay, by name. */
  readonly hostInputs: Readonly<Record<string, Uint8Array>>;
  /** Freed storages that this task is the last to use: their blocks go to the pool after it. */
  readonly gone: Storage[];
  /** Set when one of its submissions failed: the rest is not submitted. */
  failure: WickError | undefined;
  carriedOut: boolean;
}
