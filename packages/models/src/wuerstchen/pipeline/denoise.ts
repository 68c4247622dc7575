/** The loop of both diffusions: a network and the scheduler as one compiled step that is replayed. */

import { type Device, ReplayParam } from '@wick/core';
import { type Compiled, compile, concat, type Scalar, sizeOf, type Tensor, tensor } from '@wick/tensor';
import { readOptions, throwIfCancelled } from '../../cancel.js';
import type { ForwardHooks, Observe } from '../../diffusion/networks/layers.js';
import { seededNoise } from '../../diffusion/pipeline/noise.js';
import { badOutput, faultOf } from '../../diffusion/pipeline/verdict.js';
import { ProgressCounter } from '../../progress.js';
import { levelEmbedding } from '../networks/level-embedding.js';
import type { WuerstchenStep } from '../scheduler.js';
import { type GivenNoise, invalid, type WuerstchenListeners, type WuerstchenStepReport } from './options.js';

/** One diffusion. */
export interface DenoiseJob {
  readonly device: Device;
  readonly stage: WuerstchenStepReport['stage'];
  readonly steps: readonly WuerstchenStep[];
  /** Of all latents: [n, channels, h, w]. */
  readonly shape: readonly [number, number, number, number];
  /** How far a prediction goes from what is not wanted to what is wanted; undefined without guidance. */
  readonly guidance: number | undefined;
  /** Width of the embedding of noise levels. */
  readonly levelSize: number;
  /**
   * The network: x [rows, channels, h, w] and level [rows, levelSize] to the noise in x. There are n rows, or
   * 2n with guidance, those of what is not wanted behind.
   */
  readonly predict: (x: Tensor, level: Tensor, hooks: ForwardHooks) => Tensor;
  /** One for each of the n. */
  readonly seeds: readonly number[];
  /** In place of what the seeds draw. */
  readonly noise: GivenNoise | undefined;
  readonly listeners: WuerstchenListeners;
}

type Step = Compiled<'latents' | 'noise' | 'level', 'latents' | 'peak'>;

/**
 * Draws the first latents and does all steps. The result, float32 in the shape of the job, outlives every
 * scope.
 *
 * @throws WickError `INVALID_ARGUMENT` for given noise of another size, `CANCELLED`, `BAD_OUTPUT` naming the
 * layer that went wrong
 */
export async function denoise(job: DenoiseJob): Promise<Tensor> {
  const { stage, steps, listeners } = job;
  const { onProgress, onStep, signal } = listeners;
  throwIfCancelled(signal, 'Drawing');
  const progress = new ProgressCounter('step', stage, steps.length, onProgress);
  let latents = draw(job, undefined);
  try {
    using compiled = compileStep(job);
    for (const [i, step] of steps.entries()) {
      throwIfCancelled(signal, 'Drawing');
      const next = await advance(job, compiled, i, latents);
      latents.dispose();
      latents = next;
      progress.add(1);
      await onStep?.({ stage, step: i + 1, steps: steps.length, level: step.level, latents });
    }
    return latents;
  } catch (thrown) {
    latents.dispose();
    throw thrown;
  }
}

/** The latents after step `index`. */
async function advance(job: DenoiseJob, compiled: Step, index: number, latents: Tensor): Promise<Tensor> {
  const { device, stage, steps, listeners } = job;
  const { signal } = listeners;
  const { level, sample, output, noise } = steps[index];
  using normals = draw(job, index);
  const given = { latents, noise: normals, level: levelsOf(job, level) };
  const results = compiled.run(given, { sample, output, noise, guidance: job.guidance ?? 1 });
  const next = results.latents.keep();
  using peak = results.peak.keep();
  try {
    const fault = faultOf(Number(await peak.item(readOptions(signal))));
    if (fault === undefined) return next;
    const repeat = (observe: Observe): void => {
      const shape = [rowsOf(job), job.levelSize];
      const embedded = tensor(device, levelsOf(job, level), shape, { label: 'level' });
      observe('prediction', predictGuided(job, latents, embedded, job.guidance ?? 1, { observe }));
    };
    const problem = `the latents are ${fault} after step ${index + 1} of ${steps.length}`;
    throw await badOutput(device, { name: stage, problem, zeros: fault.startsWith('zero'), repeat }, signal);
  } catch (thrown) {
    next.dispose();
    throw thrown;
  }
}

function compileStep(job: DenoiseJob): Step {
  const { device, shape, stage } = job;
  const like = { shape, dtype: 'float32' } as const;
  const level = { shape: [rowsOf(job), job.levelSize], dtype: 'float32', host: true } as const;
  const [first] = job.steps;
  const [sample, output, fresh] = (['sample', 'output', 'noise'] as const).map(
    (name) => new ReplayParam(name, first[name]),
  );
  const guidance = new ReplayParam('guidance', job.guidance ?? 1);
  return compile(
    device,
    { latents: like, noise: like, level },
    ({ latents, noise, level: embedded }) => {
      const predicted = predictGuided(job, latents, embedded, guidance);
      const next = device.group('scheduler', () =>
        latents.mul(sample).add(predicted.mul(output)).add(noise.mul(fresh)),
      );
      return { latents: next, peak: device.group('check', () => next.abs().max()) };
    },
    { label: `${stage} step` },
  );
}

function predictGuided(
  { device, guidance: guided, predict }: DenoiseJob,
  latents: Tensor,
  level: Tensor,
  guidance: Scalar,
  hooks: ForwardHooks = {},
): Tensor {
  if (guided === undefined) return predict(latents, level, hooks);
  const output = predict(concat([latents, latents]), level, hooks);
  return device.group('guidance', () => {
    const [wanted, unwanted] = output.split(2);
    return unwanted.add(wanted.sub(unwanted).mul(guidance));
  });
}

const rowsOf = ({ shape, guidance }: DenoiseJob): number => (guidance === undefined ? 1 : 2) * shape[0];

function levelsOf(job: DenoiseJob, level: number): Float32Array {
  return levelEmbedding(new Array<number>(rowsOf(job)).fill(level), job.levelSize);
}

/** Standard normals for a step, or to begin with; they outlive every scope. */
function draw({ device, shape, seeds, noise, steps }: DenoiseJob, step: number | undefined): Tensor {
  const [, ...each] = shape;
  if (noise === undefined)
    return seededNoise(device, seeds, each, step === undefined ? 'start' : { step }).keep();
  const given = step === undefined ? noise.start : noise.steps.at(step);
  if (given?.length === sizeOf(shape)) return tensor(device, given, shape, { label: 'noise' }).keep();
  throw invalid(
    `the given noise must be ${steps.length + 1} times the ${sizeOf(shape)} normals of [${shape.join(', ')}]`,
  );
}
