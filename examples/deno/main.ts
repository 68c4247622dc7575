/**
 * The embedded Llama on Deno's own WebGPU:
 *
 *     deno run --allow-all --unstable-webgpu examples/deno/main.ts --backend webgpu
 *
 * `--backend cpu` runs the same on the CPU. `--prompt TEXT` and `--max-tokens N` do what they say.
 */

import { parseArgs } from 'node:util';
import { type BackendModule, configuredBackend, openDevice } from '@wick/core';
import { LanguageModel } from '@wick/models';
import { embeddedModelPath, openModel } from '@wick/models/node';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'webgpu' },
    prompt: { type: 'string', default: 'ROMEO:\n' },
    'max-tokens': { type: 'string', default: '80' },
  },
});

const load = (name: string): Promise<BackendModule> =>
  name === 'cpu' ? import('@wick/backend-cpu') : import('@wick/backend-webgpu');
await using device = await openDevice(configuredBackend({ backend: values.backend }, load));
console.error(`${device.info.name}: ${device.info.driver}`);

const files = await openModel(embeddedModelPath('shakespeare'));
using model = await LanguageModel.load(device, files);
const text = model.generate(values.prompt, {
  maxTokens: Number(values['max-tokens']),
  sampling: { temperature: 0 },
});
const encoder = new TextEncoder();
await Deno.stdout.write(encoder.encode(values.prompt));
for await (const { text: piece } of text) await Deno.stdout.write(encoder.encode(piece));
await Deno.stdout.write(encoder.encode('\n'));
