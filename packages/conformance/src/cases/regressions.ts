/**
 * The two defects of candle's pull request 2037, either of which explains black pictures, as cases over
 * the whole stack: a graph shaped like a diffusion step, in which every block reads the same
 * `encoder_hidden_states` and zeroes its outputs first, as convolutions did there.
 */

import type { Buffer, Device } from '@wick/core';
import { initialWords } from '../graph/interpret.js';
import { graphKernels, runReference } from '../graph/kernels.js';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { FaultPlan } from '../harness/faulty.js';
import { assert, assertRejects, assertSame } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';

const BLOCKS = 12;
/** Commands of a submission, as candle bounds them today. */
const BOUND = 5;

export const ZERO_FILL_CASE = 'regression: a zero fill does not run ahead of pending work on recycled memory';
export const FAILURE_CASE =
  'regression: a failed submission in the middle of a long step is never read as zeros';

export function regressionCases(): ConformanceCase[] {
  const group = 'regressions';
  return [
    { name: ZERO_FILL_CASE, group, run: zeroFill },
    { name: FAILURE_CASE, group, run: failureInTheMiddle },
  ];
}

/** Records the step; returns the picture. Memory of each block is freed and so recycled by the next. */
function diffusionStep(device: Device, latents: Buffer, hiddenStates: Buffer): Buffer {
  const { byteLength } = latents;
  let x = latents;
  for (let i = 0; i < BLOCKS; i++) {
    const block = (what: string) => device.createBuffer({ byteLength, label: `blocks.${i}.${what}` });
    const convolved = block('conv');
    // candle zeroed the output of every convolution in a command buffer of its own.
    device.fill(convolved, 0);
    recordDispatch(device, 'absorb', [x, convolved], i, `blocks.${i}/conv`);
    const attended = block('attention');
    recordDispatch(device, 'blend', [convolved, hiddenStates, attended], i, `blocks.${i}/attention`);
    convolved.free();
    if (x !== latents) x.free();
    x = attended;
  }
  return x;
}

/** What the step computes, on plain arrays. */
function expected(latents: Uint32Array, hiddenStates: Uint32Array): Uint32Array {
  let x = latents;
  for (let i = 0; i < BLOCKS; i++) {
    const convolved = new Uint32Array(x.length);
    runReference(graphKernels.absorb, [x, convolved], i);
    const attended = new Uint32Array(x.length);
    runReference(graphKernels.blend, [convolved, hiddenStates, attended], i);
    x = attended;
  }
  return x;
}

function inputs(device: Device): { words: [Uint32Array, Uint32Array]; buffers: [Buffer, Buffer] } {
  const byteLength = blockBytesOf(device);
  const words: [Uint32Array, Uint32Array] = [
    initialWords(byteLength / 4, 1),
    initialWords(byteLength / 4, 2),
  ];
  const [latents, hiddenStates] = ['latents', 'encoder_hidden_states'].map((label) =>
    device.createBuffer({ byteLength, label }),
  );
  device.write(latents, words[0]);
  device.write(hiddenStates, words[1]);
  return { words, buffers: [latents, hiddenStates] };
}

/** Outside of runs, so that freed memory comes back through the pool while earlier blocks are pending. */
async function zeroFill(context: CaseContext): Promise<void> {
  const stacks: Stack[] = [
    {},
    { device: { planning: { bounds: { maxCommandsPerSubmission: BOUND } } } },
    { demands: { limits: { maxCommandsPerSubmission: BOUND } } },
    { demands: { transfersInComputePass: [] } },
  ];
  for (const stack of stacks) {
    for (const adversary of [undefined, ...context.seeds]) {
      await context.use(adversary === undefined ? stack : { ...stack, adversary }, async ({ device }) => {
        const { words, buffers } = inputs(device);
        const [latents, hiddenStates] = buffers;
        for (const recorded of ['in the window', 'in a run']) {
          const step = () => diffusionStep(device, latents, hiddenStates);
          const picture = recorded === 'in a run' ? device.run(step) : step();
          assertSame(
            await wordsOf(device.read(picture)),
            expected(...words),
            `the picture recorded ${recorded}`,
          );
          assertSame(
            await wordsOf(device.read(hiddenStates)),
            words[1],
            'encoder_hidden_states after the step',
          );
          picture.free();
        }
        for (const buffer of buffers) buffer.free();
      });
    }
  }
}

async function failureInTheMiddle(context: CaseContext): Promise<void> {
  const stack = { demands: { limits: { maxCommandsPerSubmission: BOUND } } };
  const clean = new FaultPlan();
  await context.use({ ...stack, faults: clean }, async ({ device, log }) => {
    const { buffers } = inputs(device);
    const picture = device.run(() => diffusionStep(device, ...buffers), { label: 'step' });
    await device.read(picture);
    const commands = log.submissions.map(({ steps }) => steps.filter((step) => 'command' in step).length);
    assert(
      commands.every((count) => count <= BOUND),
      `submissions have ${commands} commands, the bound is ${BOUND}`,
    );
    assert(commands.length > 3, `the step is one of ${commands.length} submissions`);
    for (const buffer of [picture, ...buffers]) buffer.free();
  });
  for (let call = 1; call <= clean.calls.submit; call++) {
    await context.use({ ...stack, faults: new FaultPlan('submission fails', call) }, async ({ device }) => {
      const { words, buffers } = inputs(device);
      const picture = device.run(() => diffusionStep(device, ...buffers), { label: 'step' });
      const error = await assertRejects(device.read(picture), 'SUBMISSION_FAILED', 'reading the picture');
      assert(error.commands.length > 0, 'the error does not name the commands of the submission');
      await device.idle().catch(() => {});
      picture.free();
      for (const buffer of buffers) buffer.free();
      // The device works on: the same step, from fresh inputs, is right.
      const again = inputs(device);
      const next = device.run(() => diffusionStep(device, ...again.buffers), { label: 'step' });
      assertSame(await wordsOf(device.read(next)), expected(...words), 'the picture after the failure');
      for (const buffer of [next, ...again.buffers]) buffer.free();
    });
  }
}
