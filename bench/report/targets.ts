import type { Results } from './results.js';

export interface Target {
  readonly name: string;
  readonly most: number;
  readonly measured: number;
  readonly unit: string;
  readonly met: boolean;
}

/**
 * What a dispatch costs at the largest size, times what it costs at the smallest. The naive encoder looks at
 * no other dispatch, so its work is linear; what its cost grows by is the garbage collector and the caches.
 */
export function growth(dispatches: Results['dispatches']): { planning: number; naive: number } {
  const [first, last] = [dispatches[0], dispatches[dispatches.length - 1]];
  return {
    planning: (last.plan + last.submit) / (first.plan + first.submit),
    naive: last.naive / first.naive,
  };
}

/** What the project has set itself, and what came out. */
export function checkTargets({ dispatches, step }: Results): Target[] {
  const largest = (value: (cost: (typeof dispatches)[number]) => number) =>
    Math.max(...dispatches.map(value));
  const [first, last] = [dispatches[0], dispatches[dispatches.length - 1]];
  const { planning, naive } = growth(dispatches);
  const sizes = `${first.dispatches} to ${last.dispatches.toLocaleString('en-US')}`;
  const target = (name: string, most: number, measured: number, unit = 'x'): Target => ({
    name,
    most,
    measured,
    unit,
    met: measured <= most,
  });
  return [
    target(
      'record, plan and submit, times the naive encoder',
      4,
      largest((cost) => cost.totalRatio),
    ),
    target(
      'replay, times the naive encoder',
      0.5,
      largest((cost) => cost.replayRatio),
    ),
    target(
      `growth per dispatch of planning and submitting, ${sizes}, times the naive encoder's`,
      1.5,
      planning / naive,
    ),
    target('planning a UNet step', 20, step.plan.fastest, ' ms'),
    target('replaying a UNet step', 1, step.replay.fastest, ' ms'),
  ];
}
