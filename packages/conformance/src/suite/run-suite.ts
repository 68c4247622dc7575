/** Runs the suite from beginning to end, for whoever has no test runner. */

import { WickError } from '@wick/core';
import { describeHost } from '../report/host.js';
import { report } from '../report/report.js';
import type { ConformanceReport, Shard } from '../report/schema.js';
import { allCases } from './all-cases.js';
import type { ConformanceCase } from './case.js';
import { checkLists } from './lists.js';
import { type CaseResult, Conformance, type ConformanceOptions } from './run.js';

/** A case is about to run. */
export interface SuiteProgress {
  readonly kind: 'case';
  /** Cases that have ended, of `total`. */
  readonly loaded: number;
  readonly total: number;
  /** Name of the case. */
  readonly label: string;
}

export interface RunSuiteOptions extends ConformanceOptions {
  /** The whole suite. Default: all cases. */
  readonly cases?: readonly ConformanceCase[];
  /** Runs only the cases whose name or group holds this text. Default: all of them. */
  readonly filter?: string;
  /** Runs one part of what is left, so that several processes share the work; see `mergeReports`. */
  readonly shard?: Shard;
  readonly onProgress?: (progress: SuiteProgress) => void;
  readonly onResult?: (result: CaseResult) => void;
  /** Once aborted, no further case begins; the report then says that it is not complete. */
  readonly signal?: AbortSignal;
  /** Where this runs. Default: what `describeHost` finds. */
  readonly host?: string;
}

/**
 * Puts cases to a backend, one after the other. Rejects if the backend cannot be opened at all, and
 * `INVALID_ARGUMENT` for a shard that there is not.
 */
export async function runSuite(options: RunSuiteOptions): Promise<ConformanceReport> {
  const { cases = allCases(), filter, shard, onProgress, onResult, signal, host = describeHost() } = options;
  const chosen = dealt(filter === undefined ? cases : cases.filter((given) => matches(given, filter)), shard);
  const begun = performance.now();
  const conformance = new Conformance(options);
  const results: CaseResult[] = [];
  try {
    for (const given of chosen) {
      if (signal?.aborted) break;
      onProgress?.({ kind: 'case', loaded: results.length, total: chosen.length, label: given.name });
      const result = await conformance.run(given);
      results.push(result);
      onResult?.(result);
    }
    return report(results, {
      backend: await conformance.facts(),
      host,
      milliseconds: performance.now() - begun,
      seeds: options.seeds ?? 1,
      firstSeed: options.firstSeed ?? 1,
      complete: shard === undefined && results.length === cases.length,
      ...(filter === undefined ? {} : { filter }),
      ...(shard === undefined ? {} : { shard }),
      interrupted: results.length < chosen.length,
      listProblems: checkLists(options, cases),
    });
  } finally {
    await conformance.close();
  }
}

function matches({ name, group }: ConformanceCase, filter: string): boolean {
  return name.includes(filter) || group.includes(filter);
}

/**
 * Deals the cases out: neighbours cost about the same, so the parts do too. Each round begins one part further,
 * because what costs little, a dtype that the backend lacks, comes again at regular distances. Throws
 * `INVALID_ARGUMENT`.
 */
function dealt(cases: readonly ConformanceCase[], shard: Shard | undefined): readonly ConformanceCase[] {
  if (shard === undefined) return cases;
  const { index, count } = shard;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 1 || index > count) {
    throw new WickError('INVALID_ARGUMENT', `there is no shard ${index} of ${count}`);
  }
  return cases.filter((_, i) => (i + Math.floor(i / count)) % count === index - 1);
}
