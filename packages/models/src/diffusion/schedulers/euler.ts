/**
 * Euler's method in noise levels (Karras et al. 2022), plain and ancestral, as diffusers'
 * `EulerDiscreteScheduler` and `EulerAncestralDiscreteScheduler`.
 */

import type { PredictionType, SchedulerConfig } from '../config/scheduler.js';
import { noiseLevels } from './noise-levels.js';
import { type Blend, PLAIN_STEP, type Schedule, type ScheduleStep } from './schedule.js';
import { spacedTimesteps } from './timesteps.js';

/**
 * @param count steps of a whole run
 * @param first steps of it that are passed over
 * @param ancestral whether each step goes too far and adds fresh noise
 */
export function eulerSchedule(
  config: SchedulerConfig,
  count: number,
  first = 0,
  ancestral = false,
): Schedule {
  const { trainTimesteps, stepsOffset, timestepSpacing = 'linspace', predictionType } = config;
  const levels = Float64Array.from(noiseLevels(config).alphasCumprod, (alpha) =>
    Math.sqrt((1 - alpha) / alpha),
  );
  const all = spacedTimesteps(timestepSpacing, count, trainTimesteps, stepsOffset, false);
  const sigmas = [...all.map((timestep) => interpolate(levels, timestep)), 0].map(Math.fround);
  const steps = all.map((timestep, i): ScheduleStep => {
    const from = sigmas[i];
    const to = sigmas[i + 1];
    const fresh = ancestral ? Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2) : 0;
    const change = Math.sqrt(to ** 2 - fresh ** 2) - from;
    const slope = slopeOf(predictionType, from);
    return {
      ...PLAIN_STEP,
      timestep,
      inputScale: 1 / Math.sqrt(from ** 2 + 1),
      sample: 1 + change * slope.sample,
      outputs: [change * slope.output],
      noise: fresh,
    };
  });
  const largest = Math.max(...sigmas);
  return {
    scheduler: ancestral ? 'euler-ancestral' : 'euler',
    steps: steps.slice(first),
    initialNoise: timestepSpacing === 'leading' ? Math.sqrt(largest ** 2 + 1) : largest,
    start: { signal: 1, noise: sigmas[first] },
    sigmas,
    history: 0,
    usesSaved: false,
    usesNoise: ancestral,
    scalesInput: true,
  };
}

/** (latents - predicted picture) / sigma as sample * latents + output * prediction. */
function slopeOf(predicted: PredictionType, sigma: number): Blend {
  if (predicted === 'epsilon') return { sample: 0, output: 1 };
  return { sample: sigma / (sigma ** 2 + 1), output: 1 / Math.sqrt(sigma ** 2 + 1) };
}

/** The table at a position between its entries; its ends beyond them. */
function interpolate(table: Float64Array, position: number): number {
  const at = Math.min(Math.max(position, 0), table.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, table.length - 1);
  return table[below] + (at - below) * (table[above] - table[below]);
}
