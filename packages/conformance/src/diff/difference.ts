/** What a comparison of two backends finds. */

import type { DType, KernelConstants } from '@wick/core';

/** Bytes of memory with their dtype, as one line of elements. */
export interface NamedBytes {
  readonly name: string;
  readonly dtype: DType;
  readonly bytes: Uint8Array;
}

/** The first command whose output differs. */
export interface Difference {
  /** Its number among all commands that were compared, from 1. */
  readonly number: number;
  readonly label: string;
  readonly op: 'dispatch' | 'copy' | 'fill' | 'upload' | 'download';
  /** Name of the kernel, of a dispatch. */
  readonly kernel?: string;
  readonly constants?: KernelConstants;
  readonly grid?: readonly [number, number, number];
  /** The parameter struct, of a dispatch: values by field. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** The submission that it is in: its serial and label. */
  readonly submission: { readonly serial: number; readonly label: string };
  /** The binding, or `destination`. */
  readonly output: string;
  readonly dtype: DType;
  /** The first element that is out of tolerance: what the second backend gave, and the first. */
  readonly index: number;
  readonly got: number;
  readonly want: number;
  /** How many elements differ, of how many. */
  readonly count: number;
  readonly length: number;
  /** What both backends were given, from before the command. */
  readonly inputs: readonly NamedBytes[];
  /** What each backend made of it: `first.NAME`, `second.NAME`. */
  readonly outputs: readonly NamedBytes[];
}

/** A comparison, finished or stopped by a difference. */
export interface DiffOutcome {
  /** Commands that were compared. */
  commands: number;
  submissions: number;
  difference: Difference | undefined;
  /** The largest error within tolerance, in units of it, and where. */
  largest: { readonly share: number; readonly label: string } | undefined;
}

export interface DiffOptions {
  /**
   * Compare after whole submissions, and look for the command only where one differs. Faster, but errors of
   * several commands add up. Default: compare after every command.
   */
  readonly bisect?: boolean;
  /** The tolerances of the conformance suite are multiplied by this. Default: 8. */
  readonly tolerance?: number;
  /** Called after each comparison with the number of commands so far. */
  readonly onCompare?: (commands: number, label: string) => void;
}
