/**
 * Which timesteps of training an inference visits. The arithmetic is numpy's, so that the same whole numbers
 * come out where a step is not whole.
 */

import type { TimestepSpacing } from '../config/scheduler.js';

/** Half to even, as numpy rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * `steps` timesteps, descending. They are whole but for `linspace` without `round`.
 *
 * @param total timesteps of training
 * @param offset added where the spacing is `leading`
 */
export function spacedTimesteps(
  spacing: TimestepSpacing,
  steps: number,
  total: number,
  offset: number,
  round: boolean,
): number[] {
  switch (spacing) {
    case 'linspace': {
      const step = steps > 1 ? (total - 1) / (steps - 1) : 0;
      return Array.from({ length: steps }, (_, i) => {
        const value = i === 0 && steps > 1 ? total - 1 : (steps - 1 - i) * step;
        return round ? roundHalfEven(value) : Math.fround(value);
      });
    }
    case 'leading': {
      const step = Math.floor(total / steps);
      return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * step + offset);
    }
    case 'trailing': {
      // arange(total, 0, -step): its second entry decides what is added each time.
      const step = total / steps;
      const delta = total - step - total;
      return Array.from({ length: Math.ceil(total / step) }, (_, i) => roundHalfEven(total + i * delta) - 1);
    }
    default:
      spacing satisfies never;
      return [];
  }
}
