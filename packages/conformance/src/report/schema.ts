/**
 * What a run of the suite is written down as: JSON, in `docs/reports` for the hosts that are run here.
 *
 * Every host makes the same JSON through {@link report} (a browser page or a Deno script has `runSuite`
 * or a loop over `Conformance.run`, and passes the results on as a string). All is plain data: no `undefined`
 * beyond optional members, no NaN, no infinities. A change that a reader has to know of gets another
 * `format`. Counts are in cases, times in milliseconds.
 */

import type { BackendCapabilities, BackendInfo, BackendLimits, DType } from '@wick/core';
import type { CaseStatus } from '../suite/run.js';

export const REPORT_FORMAT = 'wick.conformance/1';

/** How many cases ended in which way. Each status is there, also with 0. */
export type Counts = Readonly<Record<CaseStatus, number>>;

/** The element that came closest to its tolerance. */
export interface LargestError {
  /** |got - want| in units of the tolerance `atol + rtol * |want|`: 1 is at the limit. */
  readonly share: number;
  readonly got: number;
  readonly want: number;
  /** Name of the case. */
  readonly case: string;
}

/** A row of the table kernel by dtype. */
export interface KernelRow {
  readonly kernel: string;
  readonly dtype: DType;
  readonly counts: Counts;
  /** Absent where every result was exact, or nothing ran. */
  readonly largestError?: LargestError;
}

/** One part of cases that are dealt out: of every `count` of them it has one. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** Cases that are not about one kernel, by what they are about. */
export interface GroupRow {
  readonly group: string;
  readonly counts: Counts;
}

/** Cases that were left out, or failed as they were expected to, for one reason. */
export interface Exclusion {
  readonly status: 'skipped' | 'failed as expected';
  readonly reason: string;
  /** Names of the cases. */
  readonly cases: readonly string[];
}

/** A case that speaks against the backend. */
export interface Failure {
  readonly case: string;
  readonly status: 'failed' | 'passed unexpectedly';
  /** The message of what was thrown, or the reason of the expectation that was not met. */
  readonly message: string;
}

export interface ConformanceReport {
  readonly format: typeof REPORT_FORMAT;
  /** Whether nothing failed, nothing passed unexpectedly, and the lists of exclusions are sound. */
  readonly conforms: boolean;
  /** Whether the whole suite was put to the backend: no filter, no shard, no interrupt. */
  readonly complete: boolean;
  /** What narrowed it down; absent where nothing did. */
  readonly filter?: string;
  /** Which part of the cases this is about; absent where it is about all of them, or was merged of all parts. */
  readonly shard?: Shard;
  /** Present where a signal kept cases from running. */
  readonly interrupted?: true;
  /** The backend's word in a configuration, and who did the work. */
  readonly backend: BackendInfo;
  /** Where it ran: `Node 20.20.2, linux x64`. */
  readonly host: string;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  /** When it ended, ISO 8601. */
  readonly date: string;
  /** How long it took; of merged shards, which may have run side by side, the longest. */
  readonly milliseconds: number;
  /** Seeded adversaries that each case met, beside the fixed one. */
  readonly seeds: number;
  readonly firstSeed: number;
  readonly counts: Counts;
  /** By kernel, then dtype, in the order of the suite. */
  readonly kernels: readonly KernelRow[];
  readonly groups: readonly GroupRow[];
  readonly exclusions: readonly Exclusion[];
  readonly failures: readonly Failure[];
  /** What is wrong with the lists of exclusions, in sentences. */
  readonly listProblems: readonly string[];
}
