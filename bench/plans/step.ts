/** What a step of the UNet costs the host: planned afresh, and replayed. */

import { nullBackend } from '@wick/conformance';
import { openDevice } from '@wick/core';
import { compile } from '@wick/tensor';
import { timeOn } from '../spans.js';
import { type Effort, median, repeat } from '../timing.js';
import { Weights } from './layers.js';
import { disposeAll, unetInputs } from './recordings.js';
import { denoise } from './unet.js';

/** Milliseconds. */
export interface Spread {
  readonly fastest: number;
  readonly median: number;
}

export interface StepCost {
  readonly commands: number;
  readonly submissions: number;
  readonly rounds: number;
  /** Through the tensor layer: shapes, checks, commands. */
  readonly record: Spread;
  readonly plan: Spread;
  /** From the call to the completion of everything. */
  readonly replay: Spread;
}

export async function measureStep(effort: Effort): Promise<StepCost> {
  await using device = await openDevice(nullBackend());
  using weights = new Weights(device);
  const inputs = unetInputs(device);
  const { latents, timesteps, context } = inputs;
  device.run(() => denoise(weights, inputs)).dispose(); // makes the weights
  using step = compile(device, { latents, timesteps, context }, (given) => ({
    latents: denoise(weights, given),
  }));
  const rounds = await repeat(effort, async () => {
    device.trace.start();
    device.run(() => denoise(weights, inputs)).dispose();
    device.trace.stop();
    const record = timeOn(device.trace, 'record');
    const plan = timeOn(device.trace, 'plan');
    await device.idle();
    const begun = performance.now();
    const next = step.run({ latents, timesteps, context });
    await device.idle();
    const replay = performance.now() - begun;
    next.latents.dispose();
    return { record, plan, replay };
  });
  disposeAll(inputs);
  const spread = (value: (round: (typeof rounds)[number]) => number): Spread => {
    const values = rounds.map(value);
    return { fastest: Math.min(...values), median: median(values) };
  };
  return {
    commands: step.plan.figures.commands,
    submissions: step.plan.figures.submissions,
    rounds: rounds.length,
    record: spread((round) => round.record),
    plan: spread((round) => round.plan),
    replay: spread((round) => round.replay),
  };
}
