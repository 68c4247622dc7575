/** `pnpm bench:webgpu`, started by scripts/bench.mjs in the top folder of the repository. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { webgpu } from '@wick/backend-webgpu';
import { openDevice } from '@wick/core';
import { replaceMarked } from '../report/markers.js';
import { circumstances } from '../report/results.js';
import { type Effort, type Measured, measure } from './measure.js';
import { loadOrt, ORT_REMEDY } from './ort.js';
import { resultTable, section } from './report.js';
import { workloads } from './workloads.js';

const HELP = `pnpm bench:webgpu [options]

Measures operations on WebGPU through Dawn, beside the WebGPU provider of ONNX Runtime where its package is
installed, prints a table, and writes it into docs/performance.md.

  --only TEXT   only operations whose name has this text; writes nothing
  --quick       small shapes and few rounds, to see that it runs; writes nothing
  --no-write    prints the table and writes nothing
  --flags LIST  features of Dawn, separated by commas
  --help        this text
`;

/** float16 on NVIDIA, and subgroup matrices, are features that Dawn keeps behind flags. */
const FEATURES = 'allow_unsafe_apis,vulkan_enable_f16_on_nvidia';

const FULL: Effort = { rounds: 7, warmUpMs: 500 };
const QUICK: Effort = { rounds: 2, warmUpMs: 0 };

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    flags: { type: 'string', default: FEATURES },
  },
});

async function main(): Promise<void> {
  const { quick, only } = values;
  const flags = [`enable-dawn-features=${values.flags}`];
  const ort = await loadOrt();
  if (ort === undefined) process.stderr.write(`${ORT_REMEDY}\n`);
  await using device = await openDevice(webgpu({ dawnFlags: flags }));
  const results: Measured[] = [];
  for (const workload of workloads(quick, device.capabilities.float16)) {
    if (!workload.name.includes(only)) continue;
    process.stderr.write(`${workload.name} ...\n`);
    results.push(await measure(device, ort, workload, quick ? QUICK : FULL));
    process.stderr.write(`${resultTable(results.slice(-1)).split('\n')[2]}\n`);
  }
  const text = section(results, {
    adapter: device.info,
    flags,
    ortVersion: ort?.env.versions.common,
    circumstances: circumstances(quick),
  });
  process.stdout.write(`${text}\n`);
  if (quick || only !== '' || values['no-write'] || ort === undefined) return;
  const file = join(process.cwd(), 'docs', 'performance.md');
  const updated = replaceMarked(readFileSync(file, 'utf8'), text, 'bench:webgpu');
  if (updated === undefined) throw new Error(`${file} has no markers for bench:webgpu`);
  writeFileSync(file, updated);
}

if (values.help) process.stdout.write(HELP);
else await main();
