import { WickError } from '@wick/core';
import {
  SCHEDULER_CONFIG,
  SCHEDULER_NAMES,
  type SchedulerConfig,
  type SchedulerName,
  schedulerOf,
} from '../config/scheduler.js';
import { ddimSchedule } from './ddim.js';
import { eulerSchedule } from './euler.js';
import { pndmSchedule } from './pndm.js';
import type { Schedule } from './schedule.js';

/** Options of {@link createSchedule}. */
export interface ScheduleOptions {
  /** Steps of a whole run, 1 to the timesteps of training. */
  readonly steps: number;
  /** Default: the one that the configuration names. */
  readonly scheduler?: SchedulerName | undefined;
  /** DDIM only: share of the noise of DDPM that is added in each step, 0 to 1. Default: 0. */
  readonly eta?: number | undefined;
  /**
   * How much of the run is done, above 0 to 1: below 1 it begins with a picture that is mixed with noise.
   * Default: 1.
   */
  readonly strength?: number | undefined;
}

/**
 * Everything that a scheduler decides about a run.
 *
 * @throws WickError `INVALID_ARGUMENT` for options out of range or a scheduler that there is not, `BAD_MODEL`
 * when the configuration names a class that Wick does not have and the options name none
 */
export function createSchedule(config: SchedulerConfig, options: ScheduleOptions): Schedule {
  const { steps, eta = 0, strength = 1 } = options;
  const scheduler = options.scheduler ?? schedulerOf(config);
  if (scheduler === undefined) {
    throw new WickError(
      'BAD_MODEL',
      `${SCHEDULER_CONFIG}: _class_name is ${config.className ?? 'missing'}; Wick has ${SCHEDULER_NAMES.join(', ')}`,
      { label: SCHEDULER_CONFIG },
    );
  }
  if (!Number.isInteger(steps) || steps < 1 || steps > config.trainTimesteps) {
    throw invalid(`${steps} is no number of steps from 1 to ${config.trainTimesteps}`);
  }
  if (!(eta >= 0 && eta <= 1)) throw invalid(`eta is ${eta}, not a number from 0 to 1`);
  if (!(strength > 0 && strength <= 1))
    throw invalid(`the strength is ${strength}, not above 0 and at most 1`);
  const done = Math.floor(steps * strength);
  if (done === 0) throw invalid(`a strength of ${strength} leaves none of ${steps} steps`);
  const first = steps - done;
  const schedule = scheduleOf(scheduler, config, steps, first, eta);
  const beyond = schedule.steps.find(({ timestep }) => timestep >= config.trainTimesteps);
  if (beyond !== undefined) {
    throw invalid(`${steps} steps would begin at timestep ${beyond.timestep}, of ${config.trainTimesteps}`);
  }
  return schedule;
}

function scheduleOf(
  scheduler: SchedulerName,
  config: SchedulerConfig,
  steps: number,
  first: number,
  eta: number,
): Schedule {
  switch (scheduler) {
    case 'ddim':
      return ddimSchedule(config, steps, first, eta);
    case 'pndm':
      return pndmSchedule(config, steps, first);
    case 'euler':
      return eulerSchedule(config, steps, first);
    case 'euler-ancestral':
      return eulerSchedule(config, steps, first, true);
    default:
      scheduler satisfies never;
      throw invalid(`there is no scheduler "${String(scheduler)}"; there are ${SCHEDULER_NAMES.join(', ')}`);
  }
}

function invalid(message: string): WickError {
  return new WickError('INVALID_ARGUMENT', message);
}
