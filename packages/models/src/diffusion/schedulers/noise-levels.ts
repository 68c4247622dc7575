import type { SchedulerConfig } from '../config/scheduler.js';

/** How much noise training added at each timestep. */
export interface NoiseLevels {
  /** Variance that is added at a timestep. */
  readonly betas: Float32Array;
  /** Share of the picture's variance that is left: the product of 1 - beta up to a timestep. */
  readonly alphasCumprod: Float32Array;
}

/** The tables of a scheduler, rounded to float32 where torch rounds them. */
export function noiseLevels(config: SchedulerConfig): NoiseLevels {
  const { trainTimesteps: count, betaStart, betaEnd, betaSchedule, trainedBetas } = config;
  const root = betaSchedule === 'scaled_linear';
  const start = root ? Math.sqrt(betaStart) : betaStart;
  const end = root ? Math.sqrt(betaEnd) : betaEnd;
  const step = (end - start) / Math.max(count - 1, 1);
  const betas = Float32Array.from({ length: count }, (_, i) => {
    const value = Math.fround(i < count / 2 ? start + i * step : end - (count - 1 - i) * step);
    return trainedBetas?.[i] ?? (root ? value * value : value);
  });
  let product = 1;
  const alphasCumprod = betas.map((beta) => {
    product *= Math.fround(1 - beta);
    return product;
  });
  return { betas, alphasCumprod };
}

/** How a noisy picture is mixed: signal * picture + noise * standard normal, the squares adding up to 1. */
export interface Mixture {
  readonly signal: number;
  readonly noise: number;
}

/** @param alpha the share of the picture's variance that is left */
export function mixtureOf(alpha: number): Mixture {
  return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha) };
}
