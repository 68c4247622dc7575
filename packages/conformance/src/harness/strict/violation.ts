/** What the strict checker finds. */

import type { BackendCapabilities, BackendLimits } from '@wick/core';
import type { KernelUses } from '../step-list.js';

/** Which promise of the contract is broken. */
export type Rule =
  /** The step list is not well-formed. */
  | 'steps'
  /** A range leaves its allocation, or names no entry of the memory table. */
  | 'range'
  | 'alignment'
  /** A binding is missing, unknown, or shares bytes with a writable one. */
  | 'binding'
  | 'params'
  | 'transfer'
  /** A submission, or the number of them in flight, is above a limit. */
  | 'bounds'
  /** Two commands may run at once and conflict. */
  | 'race'
  /** A barrier that keeps no conflict apart. */
  | 'needless barrier'
  /** Bytes are read that nothing has written. */
  | 'unwritten'
  /** Serials, allocations, completions: something is used before or after its time. */
  | 'life cycle';

export interface Violation {
  readonly rule: Rule;
  readonly message: string;
}

/** Takes down one violation. */
export type Report = (rule: Rule, message: string) => void;

/** What a submission is held to. */
export interface StepRules {
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  readonly uses: KernelUses;
}

/** Thrown by the strict checker in place of running a submission that breaks the contract. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';

  constructor(readonly violations: readonly Violation[]) {
    super(violations.map(({ rule, message }) => `${rule}: ${message}`).join('\n'));
  }
}
