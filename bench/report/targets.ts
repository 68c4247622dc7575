import type { Results } from './results.js';

export interface Target {
  readonly name: string;
  readonly most: number;
  readonly measured: number;
  readonly unit: string;
  readonly met: boolean;
}

/** What the project has set itself, and what came out. */
export function checkTargets({ dispatches, step }: Results): Target[] {
  const largest = (value: (cost: (typeof dispatches)[number]) => number) =>
    Math.max(...dispatches.map(value));
  const [first, last] = [dispatches[0], dispatches[dispatches.length - 1]];
  const growth = (last.plan + last.submit) / (first.plan + first.submit);
  const sizes = `${first.dispatches} to ${last.dispatches.toLocaleString('en-US')}`;
  // Linear: nothing but the garbage collector may add to it.
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
    target(`growth of planning and submitting per dispatch, ${sizes} dispatches`, 1.5, growth),
    target('planning a UNet step', 20, step.plan.fastest, ' ms'),
    target('replaying a UNet step', 1, step.replay.fastest, ' ms'),
  ];
}
