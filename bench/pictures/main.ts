/** `pnpm bench:pictures`, started by scripts/bench-pictures.mjs in the top folder of the repository. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cpu } from '@wick/backend-cpu';
import { webgpu } from '@wick/backend-webgpu';
import { openDevice, type Plan } from '@wick/core';
import { replaceMarked } from '../report/markers.js';
import { circumstances } from '../report/results.js';
import { loadOrt, ORT_REMEDY, type OrtModule } from '../webgpu/ort.js';
import { type CardLayers, compareOnCard } from './card.js';
import { compareLayers, timeOf } from './measure.js';
import { sd15Step, shapesStep, taef2Decoder } from './networks.js';
import { layersSection } from './report.js';
import { sd15Section } from './sd15-report.js';

const HELP = `pnpm bench:pictures [options]

Measures a step of the embedded picture model and the decoder of TAEF2 on the CPU backend, and their largest
layers beside onnxruntime-web's wasm provider, with one thread each; writes the table into
docs/performance.md.

  --ort DIR        folder in which npm has installed onnxruntime-web 1.30.0 (default: no comparison)
  --sd15           instead: a step of Stable Diffusion 1.5 with random weights, 64 x 64 latents, guidance;
                   and its largest layers beside the WebGPU provider of ONNX Runtime where that is installed
  --size NAME      for --sd15: real, or tiny to see that it runs on a small machine (default: real)
  --backend NAME   for --sd15: webgpu or cpu (default: webgpu)
  --precision X    for --sd15: float16 or float32 (default: float16)
  --latents N      for --sd15: rows and columns of the latents (default: 64)
  --steps N        for --sd15: steps that count (default: 20)
  --layers X       for --sd15: share of the multiply-adds that the layers do, 0 for none (default: 0.95)
  --seconds N      for --sd15: time for the layers, the heaviest first (default: 40)
  --json FILE      for --sd15: also writes the figures there
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
    size: { type: 'string', default: 'real' },
    layers: { type: 'string', default: '0.95' },
    seconds: { type: 'string', default: '40' },
    json: { type: 'string' },
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
  const [latents, tiny] = [Number(values.latents), values.size === 'tiny'];
  const flags = values.backend === 'cpu' ? [] : [`enable-dawn-features=${values.flags}`];
  const backend = values.backend === 'cpu' ? cpu() : webgpu({ dawnFlags: flags });
  progress('loading random weights ...');
  const begun = performance.now();
  const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  const { plan, ...measured } = await (async () => {
    await using step = await sd15Step(backend, { precision, latents, tiny });
    const { info } = step.device;
    progress(`loaded and planned after ${seconds()}, on ${info.vendor} ${info.device} (${info.driver})`);
    const time = await timeOf(() => step.run(), quick ? 1 : Number(values.steps), quick ? 0 : 3);
    progress(`a step: ${time.fastest.toFixed(1)} ms, ${seconds()}`);
    return { plan: step.plan, backend: info, memory: step.device.stats().memory, time };
  })();
  const ort = values.backend === 'cpu' ? undefined : await loadOrt();
  if (ort === undefined && values.backend !== 'cpu') progress(ORT_REMEDY);
  const figures = {
    ...{ ...measured, circumstances: circumstances(quick), flags, precision, latents, tiny },
    ...{ figures: plan.figures, ortVersion: ort?.env.versions.common },
    layers: values.backend === 'cpu' ? undefined : await layersOnCard(plan, ort, precision, flags),
  };
  progress(`done after ${seconds()}`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(figures, undefined, 1));
  publish('bench:sd15', sd15Section(figures));
}

/** Its own device: the weights of the step are gone by then. */
async function layersOnCard(
  plan: Plan,
  ort: OrtModule | undefined,
  dtype: 'float32' | 'float16',
  dawnFlags: readonly string[],
): Promise<CardLayers | undefined> {
  const share = Number(values.layers);
  if (share === 0) return undefined;
  await using device = await openDevice(webgpu({ dawnFlags }));
  const effort = quick ? { rounds: 1, warmUpMs: 0 } : { rounds: 5, warmUpMs: 100 };
  return await compareOnCard(device, plan, ort, {
    dtype,
    share,
    effort,
    seconds: Number(values.seconds),
    progress,
  });
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
