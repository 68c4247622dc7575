import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LanguageModel } from '../src/index.js';
import { embeddedModelPath, openModel } from '../src/node.js';

const folder = embeddedModelPath('shakespeare');
const reference = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as {
  prompt: string;
  ids: number[];
  last_logits: number[];
  greedy_200: string;
  first_val_window_loss: number;
};

describe('shakespeare-char on the CPU', () => {
  let device: Device;
  let model: LanguageModel;

  beforeAll(async () => {
    device = await openDevice(cpu());
    model = await LanguageModel.load(device, await openModel(folder));
  });

  afterAll(async () => {
    model?.[Symbol.dispose]();
    await device.close();
  });

  it('gives the logits of the reference after the prompt', async () => {
    expect(model.tokenizer.encode(reference.prompt)).toEqual(reference.ids);
    const logits = await model.logits(reference.ids);
    const last = logits.subarray(logits.length - reference.last_logits.length);
    const differences = reference.last_logits.map((want, i) => Math.abs(want - last[i]));
    expect(Math.max(...differences)).toBeLessThan(2e-3);
  });

  it('continues the prompt as the reference does', async () => {
    let text = reference.prompt;
    for await (const token of model.generate(reference.prompt, { maxTokens: 200 })) text += token.text;
    expect(text).toBe(reference.greedy_200);
    console.log(device.stats());
  });
});
