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

/** The first 257 characters of the last tenth of Tiny Shakespeare: The Taming of the Shrew, act II. */
const VALIDATION = `?

GREMIO:
Good morrow, neighbour Baptista.

BAPTISTA:
Good morrow, neighbour Gremio.
God save you, gentlemen!

PETRUCHIO:
And you, good sir! Pray, have you not a daughter
Call'd Katharina, fair and virtuous?

BAPTISTA:
I have a daughter, sir, called Katharina.

GREMIO:
You are too blunt: go to it orderly.
`.slice(0, 257);

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

  it('has the reference loss on the first window of the validation text', async () => {
    const ids = model.tokenizer.encode(VALIDATION);
    expect(ids).toHaveLength(257);
    const logits = await model.logits(ids.slice(0, 256));
    const width = logits.length / 256;
    let loss = 0;
    for (let i = 0; i < 256; i++) {
      const line = logits.subarray(i * width, (i + 1) * width);
      const highest = Math.max(...line);
      const sum = line.reduce((total, logit) => total + Math.exp(logit - highest), 0);
      loss += (highest + Math.log(sum) - line[ids[i + 1]]) / 256;
    }
    expect(Math.abs(loss - reference.first_val_window_loss)).toBeLessThan(1e-3);
  });

  it('continues the prompt as the reference does, in one submission a token', async () => {
    let text = reference.prompt;
    const before = device.stats().work.submissions;
    for await (const token of model.generate(reference.prompt, { maxTokens: 200 })) text += token.text;
    expect(text).toBe(reference.greedy_200);
    expect(device.stats().work.submissions - before).toBe(200);
  });
});
