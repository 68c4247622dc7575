/** What a case of the suite is: plain data with a function, known to no test runner. */

import type {
  BackendCapabilities,
  BackendInfo,
  BackendLimits,
  Device,
  DeviceOptions,
  DType,
} from '@wick/core';
import type { Demands } from '../harness/demanding.js';
import type { FaultPlan } from '../harness/faulty.js';
import type { StrictOptions } from '../harness/strict/strict.js';
import type { SubmissionLog } from '../harness/submission-log.js';

export interface ConformanceCase {
  /** Unique; `unsupported` and `expectedFailures` name it by this. */
  readonly name: string;
  readonly group: string;
  /** Present where the case is about one kernel of the catalogue, and one dtype of it. */
  readonly kernel?: string;
  readonly dtype?: DType;
  /** Why the case cannot be put to this backend, which says so itself in its capabilities and limits. */
  inapplicable?(backend: BackendFacts): string | undefined;
  /** Resolves where the backend conforms; throws or rejects where it does not. */
  run(context: CaseContext): void | Promise<void>;
}

/** What a backend says of itself. */
export interface BackendFacts {
  readonly info: BackendInfo;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
}

/** Seed of the adversary; see `shuffled`. */
export type Seed = number | 'reverse';

/** What stands between a device of its own and the backend under test. */
export interface Stack {
  readonly device?: DeviceOptions;
  readonly demands?: Demands;
  /** Runs work in another order wherever the plan allows it. */
  readonly adversary?: Seed;
  readonly faults?: FaultPlan;
  readonly strict?: StrictOptions;
}

export interface OpenedStack {
  readonly device: Device;
  /** What the core handed over. */
  readonly log: SubmissionLog;
}

/** What a running case is given. */
export interface CaseContext {
  readonly backend: BackendFacts;
  /** Adversaries to put the case to; a longer sweep has more of them. */
  readonly seeds: readonly Seed[];
  /** A device that cases share, nothing in between but the strict checker. */
  device(): Promise<Device>;
  /**
   * A device of the case's own. It is closed after the case, which must have freed all it created; what
   * the strict checker finds fails the case.
   */
  open(stack?: Stack): Promise<OpenedStack>;
  /** Opens such a device, passes it to `body`, checks and closes it: for cases that need many. */
  use<T>(stack: Stack, body: (opened: OpenedStack) => Promise<T>): Promise<T>;
  /** Notes the element of a result that came closest to its tolerance. Throws where the share is NaN. */
  noteError(noted: NotedError): void;
}

/** An element of a result beside what it should be. */
export interface NotedError {
  /** The error in units of the tolerance: 1 is at the limit. */
  readonly share: number;
  readonly got: number;
  readonly want: number;
}
