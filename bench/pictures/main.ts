/** `pnpm bench:pictures`, started by scripts/bench-pictures.mjs in the top folder of the repository. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cpu } from '@wick/backend-cpu';
import { webgpu } from '@wick/backend-webgpu';
import { replaceMarked } from '../report/markers.js';
import { circumstances } from '../report/results.js';
import type { OrtModule } from '../webgpu/ort.js';
import { compareLayers, timeOf } from './measure.js';
import { sd15Step, shapesStep, taef2Decoder } from './networks.js';
import { layersSection, sd15Section } from './report.js';

const HELP = `pnpm bench:pictures [options]

Measures a step of the embedded picture model and the decoder of TAEF2 on the CPU backend, and their largest
layers beside onnxruntime-web's wasm provider, with one thread each; writes the table into
docs/performance.md.

  --ort DIR        folder in which npm has installed onnxruntime-web 1.30.0 (default: no comparison)
  --sd15           instead: a step of Stable Diffusion 1.5 with random weights, 64 x 64 latents, guidance
  --backend NAME   for --sd15: webgpu or cpu (default: webgpu)
  --precision X    for --sd15: float16 or float32 (default: float16)
  --latents N      for --sd15: rows and columns of the latents (default: 64)
  --steps N        for --sd15: steps that count (default: 20)
  --flags LIST     for --sd15: features of Dawn, separated by commas
  --quick          few rounds, to see that it runs; writes nothing
  --no-write       prints and writes nothing
  --help           this text
`;

/** float16 on NVIDIA, and subgroup matrices, are features that Dawn keeps behind flags. */
const FEATURES = 'allow_unsafe_apis,vulkan_enable_f16_on_nvidia';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    ort: { type: 'string' },
    sd15: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'webgpu' },
    precision: { type: 'string', default: 'float16' },
    latents: { type: 'string', default: '64' },
    steps: { type: 'string', default: '20' },
    flags: { type: 'string', default: FEATURES },
  },
});
const { quick } = values;
const progress = (text: string) => process.stderr.write(`${text}\n`);

function publish(name: string, text: string): void {
  process.stdout.write(`${text}\n`);
  if (quick || values['no-write']) return;
  const file = join(process.cwd(), 'docs', 'performance.md');
  const updated = replaceMarked(readFileSync(file, 'utf8'), text, name);
  if (updated === undefined) throw new Error(`${file} has no markers for ${name}`);
  writeFileSync(file, updated);
}

async function loadOrtWasm(folder: string): Promise<OrtModule> {
  const at = resolve(folder, 'node_modules', 'onnxruntime-web', 'dist', 'ort.node.min.mjs');
  const loaded: { env: { wasm: { numThreads: number } }; default?: OrtModule } & OrtModule = await import(
    pathToFileURL(at).href
  );
  const ort = loaded.default ?? loaded;
  loaded.env.wasm.numThreads = 1;
  return ort;
}

async function benchSd15(): Promise<void> {
  const precision = values.precision === 'float32' ? 'float32' : 'float16';
  const flags = [`enable-dawn-features=${values.flags}`];
  const backend = values.backend === 'cpu' ? cpu() : webgpu({ dawnFlags: flags });
  progress('loading random weights ...');
  const begun = performance.now();
  await using step = await sd15Step(backend, precision, Number(values.latents));
  progress(`loaded and planned in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const time = await timeOf(() => step.run(), quick ? 1 : Number(values.steps), quick ? 0 : 3);
  publish(
    'bench:sd15',
    sd15Section({
      circumstances: circumstances(quick),
      backend: step.device.info,
      flags: values.backend === 'cpu' ? [] : flags,
      precision,
      latents: Number(values.latents),
      figures: step.plan.figures,
      memory: step.device.stats().memory,
      time,
    }),
  );
}

async function benchLayers(): Promise<void> {
  const ort = values.ort === undefined ? undefined : await loadOrtWasm(values.ort);
  const rounds = quick ? 1 : 5;
  const sections = [];
  for (const [name, open] of [
    ['A step of the embedded model, 64 x 64 pixels, with guidance', () => shapesStep(cpu())],
    ['The decoder of TAEF2, 128 x 128 pixels', () => taef2Decoder(cpu(), 128)],
  ] as const) {
    progress(`${name} ...`);
    await using network = await open();
    const time = await timeOf(() => network.run(), rounds, quick ? 0 : 1);
    const layers = await compareLayers(network.plan, ort, { rounds, share: quick ? 0.3 : 0.9, progress });
    sections.push({ name, time, layers });
  }
  publish('bench:pictures', layersSection(sections, circumstances(quick), ort?.env.versions.common));
}

if (values.help) process.stdout.write(HELP);
else if (values.sd15) await benchSd15();
else await benchLayers();
