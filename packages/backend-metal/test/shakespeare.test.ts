/** A Llama on Metal writes what it writes on the CPU, and what its submissions cost is what was promised. */

import { cpu } from '@wick/backend-cpu';
import { type BackendFactory, type Device, type DeviceStats, openDevice } from '@wick/core';
import { LanguageModel } from '@wick/models';
import { embeddedModelPath, openModel } from '@wick/models/node';
import { expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';

const PROMPT = 'ROMEO:\n';
const TOKENS = 6;

/** The text, and the figures after each token. */
async function write(device: Device): Promise<{ readonly text: string; readonly after: DeviceStats[] }> {
  using model = await LanguageModel.load(device, await openModel(embeddedModelPath('shakespeare')));
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

describeUnless(missingMetal(), 'a Llama', () => {
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
