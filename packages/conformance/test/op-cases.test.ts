import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { parseOpCases, runOpCase } from '../src/cases/op-cases.js';

const FOLDER = 'fixtures/op-cases';

describeShared('op cases on the CPU backend', () => {
  const cases = parseOpCases(
    readFileSync(requireShared(`${FOLDER}/cases.json`), 'utf8'),
    readFileSync(requireShared(`${FOLDER}/cases.safetensors`)),
  );
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(cpu({ scrub: true }));
  });
  afterAll(() => device.close());

  it('are all there', () => {
    expect(cases).toHaveLength(199);
  });

  it.each(cases.map((given) => [given.name, given] as const))('%s', async (_, given) => {
    expect(await runOpCase(device, given)).toBeUndefined();
  });
}, [FOLDER]);
