/** Writes what a host answered as a report of the suite: where `WICK_REPORTS` names a folder, and all cases ran. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCases, type CaseResult, report } from '@wick/conformance';
import type { Opened, Result } from './protocol.js';

export function writeReport(
  name: string,
  { host, backend }: Opened,
  results: readonly Result[],
  milliseconds: number,
): void {
  const folder = process.env.WICK_REPORTS;
  const cases = allCases();
  if (folder === undefined || results.length < cases.length) return;
  const byName = new Map(results.map((result) => [result.name, result]));
  const inOrder = cases.flatMap(({ name, group, kernel, dtype }): CaseResult[] => {
    const result = byName.get(name);
    if (result === undefined) return [];
    const { kind: _, message, ...said } = result;
    const about = kernel === undefined || dtype === undefined ? { group } : { group, kernel, dtype };
    return [{ ...said, ...about, ...(message === undefined ? {} : { error: new Error(message) }) }];
  });
  const made = report(inOrder, { backend, host, milliseconds, seeds: 1, firstSeed: 1, complete: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(made, undefined, 2)}\n`);
}
