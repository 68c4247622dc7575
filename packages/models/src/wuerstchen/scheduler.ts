/**
 * `DDPMWuerstchenScheduler`: ancestral steps (Ho, Jain, Abbeel 2020) over noise levels from 1, all noise, to
 * 0, with a cosine schedule (Nichol, Dhariwal 2021).
 */

import { WickError } from '@wick/core';
import type { WuerstchenSchedulerConfig } from './config/pipelines.js';

/** One step: the next latents are sample * latents + output * prediction + noise * fresh normals. */
export interface WuerstchenStep {
  /** What the network is told. */
  readonly level: number;
  readonly sample: number;
  readonly output: number;
  readonly noise: number;
}

/** The levels that the published prior was made for: 20 steps to 2/3, 10 to 0. */
export const DEFAULT_PRIOR_LEVELS: readonly number[] = [
  ...evenLevels(19, 1, 2 / 3),
  ...evenLevels(10, 2 / 3, 0).slice(1),
];

/** steps + 1 levels at equal distances, from 1 to 0 unless given. */
export function evenLevels(steps: number, first = 1, last = 0): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => first + ((last - first) * i) / steps);
}

/**
 * The share of the picture in the variance at a level: cos^2((t + s) / (1 + s) pi / 2) over its value at 0,
 * within [1e-4, 0.9999]; t is the level, bent by the scaler.
 */
export function alphaCumprod(level: number, { scaler, offset }: WuerstchenSchedulerConfig): number {
  const bent = scaler > 1 ? 1 - (1 - level) ** scaler : level ** scaler;
  const share = (t: number) => Math.cos(((t + offset) / (1 + offset)) * Math.PI * 0.5) ** 2;
  return Math.min(Math.max(share(bent) / share(0), 1e-4), 0.9999);
}

/**
 * The steps from one level to the next.
 *
 * @throws WickError `INVALID_ARGUMENT` unless there are at least two levels, falling, from 1 to 0
 */
export function wuerstchenSteps(
  levels: readonly number[],
  config: WuerstchenSchedulerConfig,
): readonly WuerstchenStep[] {
  checkLevels(levels);
  return levels.slice(0, -1).map((level, i) => {
    const next = levels[i + 1];
    const [cumulative, nextCumulative] = [alphaCumprod(level, config), alphaCumprod(next, config)];
    const alpha = cumulative / nextCumulative;
    const sample = Math.sqrt(1 / alpha);
    return {
      level,
      sample,
      output: (-sample * (1 - alpha)) / Math.sqrt(1 - cumulative),
      noise: next === 0 ? 0 : Math.sqrt(((1 - alpha) * (1 - nextCumulative)) / (1 - cumulative)),
    };
  });
}

/** The weights of a picture and of noise at a level. */
export function noiseMixture(
  level: number,
  config: WuerstchenSchedulerConfig,
): { readonly signal: number; readonly noise: number } {
  const cumulative = alphaCumprod(level, config);
  return { signal: Math.sqrt(cumulative), noise: Math.sqrt(1 - cumulative) };
}

function checkLevels(levels: readonly number[]): void {
  const falling = levels.every((level, i) => level >= 0 && level <= 1 && (i === 0 || level < levels[i - 1]));
  if (falling && levels.length >= 2) return;
  const shown = levels.slice(0, 4).join(', ') + (levels.length > 4 ? ', ...' : '');
  throw new WickError(
    'INVALID_ARGUMENT',
    `the noise levels ${shown} do not fall from 1 to 0 in at least one step`,
  );
}
