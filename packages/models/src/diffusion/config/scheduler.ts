/** `scheduler/scheduler_config.json` of diffusers. */

import * as v from 'valibot';
import { parseAs } from '../../schema.js';
import { only, positive } from './fields.js';

export const SCHEDULER_CONFIG = 'scheduler/scheduler_config.json';

/** The schedulers that Wick has, by the name of their class in diffusers. */
const CLASSES = {
  DDIMScheduler: 'ddim',
  PNDMScheduler: 'pndm',
  EulerDiscreteScheduler: 'euler',
  EulerAncestralDiscreteScheduler: 'euler-ancestral',
} as const;

export type SchedulerName = (typeof CLASSES)[keyof typeof CLASSES];

export const SCHEDULER_NAMES: readonly SchedulerName[] = Object.values(CLASSES);

/** What a UNet was trained to predict: the noise, or sqrt(alpha) noise - sqrt(1 - alpha) picture. */
export type PredictionType = 'epsilon' | 'v_prediction';

/** How the timesteps of an inference are chosen among those of training. */
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/** How noise was added in training, and how the scheduler walks back. */
export interface SchedulerConfig {
  /** The class that the file names, as it is written there. */
  readonly className: string | undefined;
  /** Timesteps of training. */
  readonly trainTimesteps: number;
  /** The variance added at each of them, if the file lists it. */
  readonly trainedBetas: readonly number[] | undefined;
  readonly betaStart: number;
  readonly betaEnd: number;
  /** Whether the betas or their roots run linearly. */
  readonly betaSchedule: 'linear' | 'scaled_linear';
  readonly predictionType: PredictionType;
  /** Undefined for the default of the scheduler. */
  readonly timestepSpacing: TimestepSpacing | undefined;
  /** Added to the timesteps where the spacing is `leading`. */
  readonly stepsOffset: number;
  /** Whether the step before the first has no noise at all. Undefined for the default of the scheduler. */
  readonly setAlphaToOne: boolean | undefined;
  /** Where DDIM limits the picture that it predicts; undefined where it does not. */
  readonly clipRange: number | undefined;
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(100_000));
const variance = v.pipe(v.number(), v.gtValue(0), v.ltValue(1));

const schema = v.object({
  _class_name: v.nullish(v.string()),
  num_train_timesteps: v.nullish(v.pipe(whole, v.minValue(1)), 1000),
  trained_betas: v.nullish(v.array(variance)),
  beta_start: v.nullish(variance, 0.0001),
  beta_end: v.nullish(variance, 0.02),
  beta_schedule: v.nullish(v.picklist(['linear', 'scaled_linear']), 'linear'),
  prediction_type: v.nullish(v.picklist(['epsilon', 'v_prediction']), 'epsilon'),
  timestep_spacing: v.nullish(v.picklist(['leading', 'trailing', 'linspace'])),
  steps_offset: v.nullish(whole, 0),
  set_alpha_to_one: v.nullish(v.boolean()),
  clip_sample: v.nullish(v.boolean()),
  clip_sample_range: v.nullish(positive, 1),
  // Files for PNDM say true; without it a Runge-Kutta warm-up would follow that Wick does not have.
  skip_prk_steps: only(true),
  thresholding: only(false),
  rescale_betas_zero_snr: only(false),
  use_karras_sigmas: only(false),
  use_exponential_sigmas: only(false),
  use_beta_sigmas: only(false),
  interpolation_type: only('linear'),
  final_sigmas_type: only('zero'),
  timestep_type: only('discrete'),
});

/**
 * Reads the configuration of a scheduler; what it leaves out has the defaults of the classes.
 *
 * @throws BAD_MODEL naming the field
 */
export function parseSchedulerConfig(config: unknown, label = SCHEDULER_CONFIG): SchedulerConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  const className = file._class_name ?? undefined;
  // The one default that only DDIM has.
  const clips = file.clip_sample ?? className === 'DDIMScheduler';
  return {
    className,
    trainTimesteps: file.trained_betas?.length ?? file.num_train_timesteps,
    trainedBetas: file.trained_betas ?? undefined,
    betaStart: file.beta_start,
    betaEnd: file.beta_end,
    betaSchedule: file.beta_schedule,
    predictionType: file.prediction_type,
    timestepSpacing: file.timestep_spacing ?? undefined,
    stepsOffset: file.steps_offset,
    setAlphaToOne: file.set_alpha_to_one ?? undefined,
    clipRange: clips ? file.clip_sample_range : undefined,
  };
}

/** The scheduler that a configuration names, or undefined for a class that Wick does not have. */
export function schedulerOf(config: SchedulerConfig): SchedulerName | undefined {
  const { className } = config;
  return className !== undefined && Object.hasOwn(CLASSES, className)
    ? CLASSES[className as keyof typeof CLASSES]
    : undefined;
}
