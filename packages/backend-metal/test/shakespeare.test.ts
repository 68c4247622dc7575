/** A Llama on Metal writes what it writes on the CPU, and what its submissions cost is what was promised. */

import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import { type BackendFactory, type Device, type DeviceStats, openDevice } from '@wick/core';
import { LanguageModel } from '@wick/models';
import { embeddedModelPath, openModel } from '@wick/models/node';
import { afterEach, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { REQUIRE_HOSTS } from '../../../testing/hosts.js';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';

const folder = embeddedModelPath('shakespeare');
const reference = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as {
  readonly prompt: string;
  readonly greedy_200: string;
};

const PROMPT = 'ROMEO:\n';
const TOKENS = 6;

/** The text, and the figures after each token. */
async function write(device: Device): Promise<{ readonly text: string; readonly after: DeviceStats[] }> {
  using model = await LanguageModel.load(device, await openModel(folder));
  const after: DeviceStats[] = [device.stats()];
  let text = '';
  for await (const token of model.generate(PROMPT, { maxTokens: TOKENS, sampling: { temperature: 0 } })) {
    text += token.text;
    await device.idle();
    after.push(device.stats());
  }
  return { text, after };
}

/** What was added between two moments. */
function between(before: DeviceStats, after: DeviceStats): Readonly<Record<string, number>> {
  const flat = ({ work, backend }: DeviceStats): Record<string, number> => ({ ...work, ...backend });
  const then = flat(before);
  return Object.fromEntries(
    Object.entries(flat(after)).map(([name, value]) => [name, value - (then[name] ?? 0)]),
  );
}

async function on<T>(factory: BackendFactory, work: (device: Device) => Promise<T>): Promise<T> {
  const device = await openDevice(factory);
  try {
    return await work(device);
  } finally {
    await device.close();
  }
}

/** Of the 200 of the reference; CI writes them all. */
const COMPARED = REQUIRE_HOSTS ? 200 : 40;

describeUnless(missingMetal(), 'a Llama', () => {
  const { SOFTMETAL_TRACK } = process.env;
  afterEach(() => {
    if (SOFTMETAL_TRACK === undefined) delete process.env.SOFTMETAL_TRACK;
    else process.env.SOFTMETAL_TRACK = SOFTMETAL_TRACK;
  });

  it(`continues the prompt as the reference does, for ${COMPARED} tokens`, { timeout: 300_000 }, async () => {
    // Several times faster: the other test looks for races.
    process.env.SOFTMETAL_TRACK = '0';
    const { prompt, greedy_200: whole } = reference;
    const text = await on(metal(), async (device) => {
      using model = await LanguageModel.load(device, await openModel(folder));
      let written = prompt;
      const options = { maxTokens: COMPARED, sampling: { temperature: 0 } };
      for await (const token of model.generate(prompt, options)) written += token.text;
      return written;
    });
    expect(text).toBe(whole.slice(0, prompt.length + COMPARED));
    expect(whole).toHaveLength(prompt.length + 200);
  });

  it('writes what it writes on the CPU, one native call and one encoder a submission', {
    timeout: 120_000,
  }, async () => {
    const reference = await on(cpu(), write);
    const { text, after } = await on(metal(), write);
    expect(text).toBe(reference.text);
    expect(text).toHaveLength(TOKENS);

    const prompt = between(after[0], after[1]);
    const decode = between(after[TOKENS - 1], after[TOKENS]);
    for (const figures of [prompt, decode]) {
      expect(figures.submissions).toBeGreaterThan(0);
      expect(figures.nativeCalls).toBe(figures.submissions);
      expect(figures.encoders).toBe(figures.submissions);
      // The planner's, but for one before the first command that an encoder gets: uploads into idle memory
      // need none, and nothing is before it.
      expect([0, 1]).toContain(figures.barriers - figures.encodedBarriers);
    }
    expect(decode.replays).toBe(1);
    expect(decode).toMatchObject({ objectsMade: 0, programsPacked: 0, plans: 0 });
    console.log('prompt pass:', prompt, 'decode step:', decode);
  });
});
