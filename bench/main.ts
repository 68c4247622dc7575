/** `pnpm bench`: measures, prints, and writes the tables down. Runs in the top folder of the repository. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { measureDispatches, SIZES } from './dispatch/measure.js';
import { HELP, type Options, readOptions } from './options.js';
import { compareOptions } from './plans/compare.js';
import { recordNetworks } from './plans/recordings.js';
import { measureStep } from './plans/step.js';
import { replaceMarked } from './report/markers.js';
import { performancePage, readmeExcerpt } from './report/page.js';
import { circumstances, type Results } from './report/results.js';
import { FULL, QUICK } from './timing.js';

async function measure(quick: boolean): Promise<Results> {
  const effort = quick ? QUICK : FULL;
  const progress = (what: string) => process.stderr.write(`${what} ...\n`);
  const dispatches = [];
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

function writeReport(results: Results): void {
  writeFileSync('docs/performance.md', performancePage(results));
  const readme = existsSync('README.md') ? readFileSync('README.md', 'utf8') : '';
  const updated = replaceMarked(readme, readmeExcerpt(results));
  if (updated === undefined) process.stderr.write('README.md has no markers for the benchmark; it stays.\n');
  else writeFileSync('README.md', updated);
}

async function main(options: Options): Promise<void> {
  const results = await measure(options.quick);
  process.stdout.write(performancePage(results));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) writeReport(results);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${HELP}\n`);
  else await main(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
