/**
 * Pseudo numerical methods (Liu et al. 2022), as diffusers' `PNDMScheduler` with `skip_prk_steps`: linear
 * multistep of up to four predictions. The first step is taken twice: once plainly, and once again from the
 * same latents with the mean of the predictions at both of its ends.
 */

import type { SchedulerConfig } from '../config/scheduler.js';
import { readPrediction } from './ddim.js';
import { mixtureOf, noiseLevels } from './noise-levels.js';
import { type Blend, PLAIN_STEP, type Schedule, type ScheduleStep } from './schedule.js';
import { spacedTimesteps } from './timesteps.js';

/** Weights of the present prediction and those before it (Adams-Bashforth), by how many there are. */
const MULTISTEP: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];
const HISTORY = 3;

/**
 * @param count steps of a whole run; it calls the UNet once more than that
 * @param first steps of it that are passed over. The warm-up is then that of the first step which is not
 */
export function pndmSchedule(config: SchedulerConfig, count: number, first = 0): Schedule {
  const { trainTimesteps, stepsOffset, timestepSpacing = 'leading', predictionType } = config;
  const { alphasCumprod } = noiseLevels(config);
  const finalAlpha = (config.setAlphaToOne ?? false) ? 1 : alphasCumprod[0];
  const visited = spacedTimesteps(timestepSpacing, count, trainTimesteps, stepsOffset, true).slice(first);
  const stride = Math.floor(trainTimesteps / count);

  /** From `timestep` to `previous`: next = sample * latents + output * prediction, formula 9 of the paper. */
  const move = (timestep: number, previous: number): Blend => {
    const alpha = alphasCumprod[timestep];
    const alphaBefore = previous >= 0 ? alphasCumprod[previous] : finalAlpha;
    const ratio = Math.sqrt(alphaBefore / alpha);
    const divisor = alpha * Math.sqrt(1 - alphaBefore) + Math.sqrt(alpha * (1 - alpha) * alphaBefore);
    const change = -(alphaBefore - alpha) / divisor;
    // Of velocities it is their combination that is turned into noise, as diffusers does it.
    const { noise } = readPrediction(predictionType, alpha);
    return { sample: ratio + change * noise.sample, output: change * noise.output };
  };
  const step = (timestep: number, weights: readonly number[], { sample, output }: Blend): ScheduleStep => ({
    ...PLAIN_STEP,
    timestep,
    sample,
    keeps: true,
    outputs: Array.from({ length: HISTORY + 1 }, (_, i) => output * (weights[i] ?? 0)),
  });

  const [start, second] = visited;
  const steps: ScheduleStep[] = [{ ...step(start, MULTISTEP[0], move(start, start - stride)), saves: true }];
  if (second !== undefined) {
    const again = move(second + stride, second);
    steps.push({
      ...step(second, [1 / 2, 1 / 2], again),
      sample: 0,
      saved: again.sample,
      keeps: false,
    });
    visited.slice(1).forEach((timestep, i) => {
      steps.push(step(timestep, MULTISTEP[Math.min(i + 1, HISTORY)], move(timestep, timestep - stride)));
    });
  }
  return {
    scheduler: 'pndm',
    steps,
    initialNoise: 1,
    start: mixtureOf(alphasCumprod[start]),
    history: HISTORY,
    usesSaved: true,
    usesNoise: false,
    scalesInput: false,
  };
}
