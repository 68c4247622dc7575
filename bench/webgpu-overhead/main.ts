/** `pnpm bench:overhead`, started by scripts/bench.mjs in the top folder of the repository. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { missingVulkan, softwareDriver } from '@wick/backend-webgpu/node';
import { replaceMarked } from '../report/markers.js';
import { circumstances } from '../report/results.js';
import { FULL, QUICK } from '../timing.js';
import { measureOverhead, type Overhead } from './measure.js';
import { section } from './report.js';

const HELP = `pnpm bench:overhead [options]

Measures what Wick costs over plain WebGPU calls, through Dawn: on its null backend, and on the software
adapter where its driver is installed. Prints a table, and writes it into docs/performance.md.

  --quick       a few rounds only, to see that it runs; writes nothing
  --no-write    prints the table and writes nothing
  --help        this text
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const { quick } = values;
  const effort = quick ? QUICK : FULL;
  const results: Overhead[] = [await measureOverhead('its null backend', ['backend=null'], effort)];
  const driver = softwareDriver();
  const missing = missingVulkan() ?? (driver === undefined ? 'its driver comes with chromium' : undefined);
  if (missing !== undefined) {
    process.stderr.write(`Not measured on the software adapter: ${missing}\n`);
  } else {
    // Whatever GPU there may be.
    process.env.VK_DRIVER_FILES = driver;
    results.push(await measureOverhead('the software adapter', [], effort));
  }
  const text = section(results, circumstances(quick));
  process.stdout.write(`${text}\n`);
  if (quick || values['no-write'] || missing !== undefined) return;
  const file = join(process.cwd(), 'docs', 'performance.md');
  const updated = replaceMarked(readFileSync(file, 'utf8'), text, 'bench:overhead');
  if (updated === undefined) throw new Error(`${file} has no markers for bench:overhead`);
  writeFileSync(file, updated);
}

if (values.help) process.stdout.write(HELP);
else await main();
