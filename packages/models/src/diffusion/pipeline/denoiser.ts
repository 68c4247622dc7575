/** The loop in the middle: the UNet and a schedule, as one compiled step that is replayed. */

import { ReplayParam, WickError } from '@wick/core';
import { type Compiled, compile, concat, type InputSpec, type Tensor, tensor, zeros } from '@wick/tensor';
import { readOptions } from '../../cancel.js';
import type { Observe } from '../networks/layers.js';
import type { UNet2DConditionModel } from '../networks/unet.js';
import type { Schedule } from '../schedulers/schedule.js';
import { solve, solverInput, solverParams, solverValues } from '../schedulers/solver.js';

/** Options of a {@link Denoiser}. */
export interface DenoiserOptions {
  readonly schedule: Schedule;
  /**
   * Hidden states of the texts, [n, length, size]; with guidance [2n, length, size], what is not wanted
   * first. They are only read, and stay with the caller.
   */
  readonly states: Tensor;
  /** How far a prediction goes from what is not wanted to what is wanted; undefined without guidance. */
  readonly guidance: number | undefined;
  /** Dtype of the UNet's activations; latents are float32 always. Default: float32. */
  readonly precision?: 'float32' | 'float16' | undefined;
}

type Scalars = ReturnType<typeof solverParams>;

export class Denoiser implements Disposable {
  readonly #unet: UNet2DConditionModel;
  readonly #options: DenoiserOptions;
  readonly #compiled: Compiled<string, string>;
  /** Stands for what a step has no use for yet. */
  readonly #blank: Tensor;
  /** All tensors that this object owns. */
  readonly #owned = new Set<Tensor>();
  #latents: Tensor;
  /** The latents that the last step began with. */
  #before: Tensor;
  #saved: Tensor | undefined;
  #history: readonly Tensor[] = [];
  #index = 0;

  /** @param latents where the first step begins, float32 [n, channels, h, w]; they belong to the denoiser now */
  constructor(unet: UNet2DConditionModel, latents: Tensor, options: DenoiserOptions) {
    this.#unet = unet;
    this.#options = options;
    this.#latents = this.#own(latents);
    this.#before = latents;
    try {
      this.#blank = this.#own(zeros(unet.device, latents.shape, { label: 'blank' }).keep());
      this.#compiled = this.#compile();
    } catch (thrown) {
      this.#release();
      throw thrown;
    }
  }

  /** Steps done. */
  get stepsDone(): number {
    return this.#index;
  }

  /** The present latents. They live until the step after the next, or until the denoiser is disposed. */
  get latents(): Tensor {
    return this.#latents;
  }

  /** The compiled step, for its figures. */
  get step(): Compiled<string, string> {
    return this.#compiled;
  }

  /**
   * Does the next step and waits for it.
   *
   * @param noise standard normals in the shape of the latents, where the schedule adds noise
   * @returns the largest magnitude of the new latents: not finite, or 0, when they are unusable
   * @throws WickError `INVALID_STATE` after the last step, `CANCELLED`; with the cause of work that failed
   */
  async advance(noise?: Tensor, signal?: AbortSignal): Promise<number> {
    const { schedule, guidance } = this.#options;
    const step = schedule.steps[this.#index];
    if (step === undefined) throw new WickError('INVALID_STATE', 'all steps of the schedule are done');
    const inputs: Record<string, Tensor | Float32Array> = {
      latents: this.#latents,
      timestep: Float32Array.of(step.timestep),
    };
    if (schedule.usesSaved) inputs.saved = this.#saved ?? this.#blank;
    if (schedule.usesNoise) inputs.noise = noise ?? this.#blank;
    for (let i = 0; i < schedule.history; i++) inputs[`history${i}`] = this.#history[i] ?? this.#blank;
    const values = { ...solverValues(step), ...(guidance === undefined ? {} : { guidance }) };
    const results = this.#compiled.run(inputs, values);
    for (const result of Object.values(results)) this.#own(result.keep());

    if (step.saves) this.#saved = this.#latents;
    if (step.keeps) this.#history = [results.output, ...this.#history].slice(0, schedule.history);
    this.#before = this.#latents;
    this.#latents = results.latents;
    this.#index++;
    try {
      return Number(await results.peak.item(readOptions(signal)));
    } finally {
      this.#retire();
    }
  }

  /** Records the prediction of the last step again, to be observed layer by layer. */
  repeat(observe: Observe): void {
    const { schedule } = this.#options;
    const step = schedule.steps[Math.max(this.#index - 1, 0)];
    const input = solverInput(schedule, this.#before, solverValues(step));
    const timestep = tensor(this.#unet.device, [step.timestep], [1], { label: 'timestep' });
    observe('prediction', this.#predict(input, timestep, this.#options.guidance ?? 1, observe));
  }

  #compile(): Compiled<string, string> {
    const { schedule, guidance } = this.#options;
    const { device } = this.#unet;
    const like: InputSpec = { shape: this.#latents.shape, dtype: 'float32' };
    const inputs: Record<string, InputSpec> = {
      latents: like,
      timestep: { shape: [1], dtype: 'float32', host: true },
    };
    if (schedule.usesSaved) inputs.saved = like;
    if (schedule.usesNoise) inputs.noise = like;
    for (let i = 0; i < schedule.history; i++) inputs[`history${i}`] = like;
    const scalars: Scalars = solverParams(schedule);
    const scale = new ReplayParam('guidance', guidance ?? 1);
    const record = (given: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
      const { latents, timestep, saved, noise } = given;
      const output = this.#predict(solverInput(schedule, latents, scalars), timestep, scale);
      const history = Array.from({ length: schedule.history }, (_, i) => given[`history${i}`]);
      const next = device.group('scheduler', () =>
        solve(schedule, { latents, output, history, saved, noise }, scalars),
      );
      const peak = device.group('check', () => next.abs().max());
      return { latents: next, peak, ...(schedule.history > 0 ? { output } : {}) };
    };
    return compile(device, inputs, record, { label: 'denoising step' });
  }

  /** The guided prediction, float32 in the shape of the input. */
  #predict(input: Tensor, timestep: Tensor, guidance: number | ReplayParam, observe?: Observe): Tensor {
    const { states, precision = 'float32' } = this.#options;
    const guided = this.#options.guidance !== undefined;
    const { device } = this.#unet;
    const sample = input.cast(precision);
    const output = this.#unet
      .forward(guided ? concat([sample, sample]) : sample, timestep, states.cast(precision), { observe })
      .cast('float32');
    if (!guided) return output;
    return device.group('guidance', () => {
      const [unwanted, wanted] = output.split(2);
      return unwanted.add(wanted.sub(unwanted).mul(guidance));
    });
  }

  #own(value: Tensor): Tensor {
    this.#owned.add(value);
    return value;
  }

  /** Lets go of what no later step can need. */
  #retire(): void {
    const needed = new Set([this.#latents, this.#before, this.#saved, this.#blank, ...this.#history]);
    for (const value of this.#owned) {
      if (needed.has(value)) continue;
      value[Symbol.dispose]();
      this.#owned.delete(value);
    }
  }

  #release(): void {
    for (const value of this.#owned) value[Symbol.dispose]();
    this.#owned.clear();
  }

  [Symbol.dispose](): void {
    this.#compiled.dispose();
    this.#release();
  }
}
