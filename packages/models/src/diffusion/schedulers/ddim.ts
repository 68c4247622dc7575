/** DDIM (Song, Meng, Ermon 2021), as diffusers' `DDIMScheduler`. */

import type { PredictionType, SchedulerConfig } from '../config/scheduler.js';
import { mixtureOf, noiseLevels } from './noise-levels.js';
import { type Blend, PLAIN_STEP, type Schedule, type ScheduleStep } from './schedule.js';
import { spacedTimesteps } from './timesteps.js';

/** The picture and the noise that a prediction stands for, at a share `alpha` of the picture's variance. */
export function readPrediction(predicted: PredictionType, alpha: number): { picture: Blend; noise: Blend } {
  const { signal, noise } = mixtureOf(alpha);
  if (predicted === 'epsilon') {
    return { picture: { sample: 1 / signal, output: -noise / signal }, noise: { sample: 0, output: 1 } };
  }
  return { picture: { sample: signal, output: -noise }, noise: { sample: noise, output: signal } };
}

/**
 * @param count steps of a whole run
 * @param first steps of it that are passed over
 * @param eta share of the noise of DDPM that is added in each step, 0 to 1
 */
export function ddimSchedule(config: SchedulerConfig, count: number, first = 0, eta = 0): Schedule {
  const { trainTimesteps, stepsOffset, timestepSpacing = 'leading', predictionType, clipRange } = config;
  const { alphasCumprod } = noiseLevels(config);
  const finalAlpha = (config.setAlphaToOne ?? true) ? 1 : alphasCumprod[0];
  const timesteps = spacedTimesteps(timestepSpacing, count, trainTimesteps, stepsOffset, true).slice(first);
  const stride = Math.floor(trainTimesteps / count);
  const steps = timesteps.map((timestep): ScheduleStep => {
    const previous = timestep - stride;
    const alpha = alphasCumprod[timestep];
    const alphaBefore = previous >= 0 ? alphasCumprod[previous] : finalAlpha;
    const variance = ((1 - alphaBefore) / (1 - alpha)) * (1 - alpha / alphaBefore);
    const deviation = eta * Math.sqrt(variance);
    const direction = Math.sqrt(1 - alphaBefore - deviation * deviation);
    const weight = Math.sqrt(alphaBefore);
    const { picture, noise } = readPrediction(predictionType, alpha);
    const share = clipRange === undefined ? weight : 0;
    return {
      ...PLAIN_STEP,
      timestep,
      sample: share * picture.sample + direction * noise.sample,
      outputs: [share * picture.output + direction * noise.output],
      noise: deviation,
      ...(clipRange === undefined ? {} : { clipped: { ...picture, weight } }),
    };
  });
  return {
    scheduler: 'ddim',
    steps,
    initialNoise: 1,
    start: mixtureOf(alphasCumprod[timesteps[0]]),
    history: 0,
    usesSaved: false,
    usesNoise: eta > 0,
    scalesInput: false,
    ...(clipRange === undefined ? {} : { clipRange }),
  };
}
