/** What is said between the test runner and a host that runs the suite: plain data, as JSON. */

import type { BackendFacts, CaseStatus, NotedError } from '@wick/conformance';
import type { BackendInfo } from '@wick/core';

/** Milliseconds of a case at most: software compiles and computes slowly, above all beside other tests. */
export const CASE_TIMEOUT = 100_000;

/** Who computes; browsers do not name the driver. */
export function adapterName({ vendor, device, driver }: BackendInfo): string {
  return driver === 'unknown' ? `${vendor} ${device}` : driver;
}

export interface HostRun {
  /** Cases to run, in this order. */
  readonly names: readonly string[];
}

export type HostRecord =
  | {
      readonly kind: 'opened';
      readonly host: string;
      readonly backend: BackendFacts;
    }
  | {
      readonly kind: 'result';
      readonly name: string;
      readonly status: CaseStatus;
      readonly milliseconds: number;
      readonly reason?: string;
      readonly message?: string;
      readonly largestError?: NotedError;
    };

export type Opened = Extract<HostRecord, { kind: 'opened' }>;
export type Result = Extract<HostRecord, { kind: 'result' }>;
