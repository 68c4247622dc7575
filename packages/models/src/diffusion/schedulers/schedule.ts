/**
 * A schedule: all that a scheduler decides, as numbers on the host. Every scheduler here takes a linear
 * combination of tensors in each step, so one solver (`solver.ts`) carries all of them out, and a step that
 * was compiled once serves for all.
 */

import type { SchedulerName } from '../config/scheduler.js';
import type { Mixture } from './noise-levels.js';

/** A value as sample * latents + output * prediction. */
export interface Blend {
  readonly sample: number;
  readonly output: number;
}

/**
 * One call of the UNet, and how the next latents are made:
 *
 *     next = sample * latents + saved * (latents of an earlier step)
 *          + outputs[0] * (this prediction) + outputs[i] * (the i-th last prediction that was kept)
 *          + noise * (a standard normal) + clipped.weight * clamp(clipped as a blend)
 */
export interface ScheduleStep {
  /** What the UNet is told. */
  readonly timestep: number;
  /** What the latents are multiplied by before the UNet sees them. */
  readonly inputScale: number;
  readonly sample: number;
  readonly saved: number;
  readonly outputs: readonly number[];
  readonly noise: number;
  /** The picture that is predicted, where it is clipped. */
  readonly clipped?: Blend & { readonly weight: number };
  /** Whether the latents before this step are saved for a later one. */
  readonly saves: boolean;
  /** Whether the prediction counts among the kept ones of later steps. */
  readonly keeps: boolean;
}

export interface Schedule {
  readonly scheduler: SchedulerName;
  readonly steps: readonly ScheduleStep[];
  /** Standard deviation of the noise that drawing begins with. */
  readonly initialNoise: number;
  /** How a picture is mixed with noise for the first step. */
  readonly start: Mixture;
  /** Noise levels of the steps and the end, for the schedulers that think in them. */
  readonly sigmas?: readonly number[];
  /** Earlier predictions that a step may need. */
  readonly history: number;
  /** Whether any step uses saved latents. */
  readonly usesSaved: boolean;
  /** Whether any step adds noise. */
  readonly usesNoise: boolean;
  /** Whether any step scales the UNet's input. */
  readonly scalesInput: boolean;
  /** Where predicted pictures are clipped, if they are. */
  readonly clipRange?: number;
}

/** A step without anything special about it. */
export const PLAIN_STEP = {
  inputScale: 1,
  saved: 0,
  noise: 0,
  saves: false,
  keeps: false,
} as const;
