/** The benchmark as a function: measures, prints, and writes the tables down. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DispatchCost, measureDispatches, SIZES } from './dispatch/measure.js';
import { HELP, type Options, readOptions } from './options.js';
import { compareOptions } from './plans/compare.js';
import { recordNetworks } from './plans/recordings.js';
import { measureStep } from './plans/step.js';
import { replaceMarked } from './report/markers.js';
import { performancePage, readmeExcerpt } from './report/page.js';
import { circumstances, type Results } from './report/results.js';
import { FULL, QUICK } from './timing.js';

/** Where text goes. */
export interface Output {
  /** The report. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
}

async function measure(quick: boolean, output: Output): Promise<Results> {
  const effort = quick ? QUICK : FULL;
  const progress = (what: string) => output.err(`${what} ...\n`);
  const dispatches: DispatchCost[] = [];
  for (const size of SIZES) {
    progress(`${size} dispatches`);
    dispatches.push(await measureDispatches(effort, size));
  }
  progress('UNet step');
  const step = await measureStep(effort);
  progress('Plans');
  const plans = compareOptions(await recordNetworks());
  return { circumstances: circumstances(quick), dispatches, plans, step };
}

function writeReport(results: Results, root: string, output: Output): void {
  const pages = { 'docs/performance.md': performancePage(results), 'README.md': readmeExcerpt(results) };
  for (const [page, content] of Object.entries(pages)) {
    const file = join(root, page);
    const updated = replaceMarked(readFileSync(file, 'utf8'), content);
    if (updated === undefined) output.err(`${page} has no markers for the benchmark; it stays.\n`);
    else writeFileSync(file, updated);
  }
}

/** Runs the benchmark of the repository at `root`; returns the exit code. */
export async function bench(args: readonly string[], root: string, output: Output): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    output.err(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  if (options.help) {
    output.out(`${HELP}\n`);
    return 0;
  }
  const results = await measure(options.quick, output);
  output.out(performancePage(results));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) writeReport(results, root, output);
  return 0;
}
