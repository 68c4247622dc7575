/** Recordings of real networks: what the planner is given when they run. */

import { nullBackend } from '@wick/conformance';
import { type Device, openDevice, type Plan, type Recording } from '@wick/core';
import { LanguageModel } from '@wick/models';
import { embeddedModelPath, openModel } from '@wick/models/node';
import { zeros } from '@wick/tensor';
import { Weights } from './layers.js';
import { denoise, type UNetInputs } from './unet.js';

export interface NamedRecording {
  readonly name: string;
  readonly recording: Recording;
}

const PROMPT = 'Now is the winter of our discontent made glorious summer by this';

/** The prompt pass and one decode step of the embedded Llama, and a step of the UNet. */
export async function recordNetworks(): Promise<NamedRecording[]> {
  return [...(await recordLlama()), await recordUNet()];
}

/** Nothing is computed: a recording does not depend on values, and zeros are logits too. */
async function recordLlama(): Promise<NamedRecording[]> {
  await using device = await openDevice(nullBackend());
  using model = await LanguageModel.load(device, await openModel(embeddedModelPath('shakespeare')));
  const plans = await observe(device, async () => {
    for await (const _ of model.generate(PROMPT, { maxTokens: 2 }));
  });
  return [
    { name: `Llama, prompt of ${PROMPT.length} characters`, recording: labelled(plans, 'prompt') },
    { name: 'Llama, one decoded character', recording: labelled(plans, 'decode') },
  ];
}

async function recordUNet(): Promise<NamedRecording> {
  await using device = await openDevice(nullBackend());
  using weights = new Weights(device);
  const plans = await observe(device, async () => {
    const inputs = unetInputs(device);
    // The first run also makes the weights.
    for (const label of ['warm-up', 'step']) device.run(() => denoise(weights, inputs), { label }).dispose();
    await device.idle();
    disposeAll(inputs);
  });
  return { name: 'UNet step at the shape of SD 1.5', recording: labelled(plans, 'step') };
}

export function unetInputs(device: Device): UNetInputs {
  return {
    latents: zeros(device, [1, 4, 64, 64], { dtype: 'float16' }),
    timesteps: zeros(device, [2]),
    context: zeros(device, [2, 77, 768], { dtype: 'float16' }),
  };
}

export function disposeAll(inputs: UNetInputs): void {
  for (const tensor of [inputs.latents, inputs.timesteps, inputs.context]) tensor.dispose();
}

async function observe(device: Device, work: () => Promise<void>): Promise<Plan[]> {
  const plans: Plan[] = [];
  const stop = device.observePlans((plan) => plans.push(plan));
  await work();
  stop();
  return plans;
}

function labelled(plans: readonly Plan[], label: string): Recording {
  const plan = plans.find(({ recording }) => recording.label === label);
  if (plan === undefined) throw new Error(`nothing labelled "${label}" was planned`);
  return plan.recording;
}
