/** Carries out the steps of a schedule on a device. */

import { ReplayParam } from '@wick/core';
import type { Scalar, Tensor } from '@wick/tensor';
import type { Schedule, ScheduleStep } from './schedule.js';

/** The tensors of one step, all of one shape; those that the schedule does not use may be left out. */
export interface SolverTensors {
  readonly latents: Tensor;
  /** What the UNet predicted. */
  readonly output: Tensor;
  /** The kept predictions of earlier steps, the latest first. */
  readonly history: readonly Tensor[];
  /** The saved latents of an earlier step. */
  readonly saved?: Tensor | undefined;
  /** Standard normals. */
  readonly noise?: Tensor | undefined;
}

/** The numbers of one step, or parameters that stand for them. */
export type SolverScalars = Readonly<Record<string, Scalar>>;

/** The numbers of one step under the names that {@link solve} and replays know them by. */
export function solverValues(step: ScheduleStep): Record<string, number> {
  const { inputScale, sample, saved, noise, outputs, clipped } = step;
  const values: Record<string, number> = { inputScale, sample, saved, noise };
  outputs.forEach((weight, i) => {
    values[`output${i}`] = weight;
  });
  if (clipped !== undefined) {
    values.clippedSample = clipped.sample;
    values.clippedOutput = clipped.output;
    values.clippedWeight = clipped.weight;
  }
  return values;
}

/** Replay parameters for every number of a schedule's steps. */
export function solverParams(schedule: Schedule): SolverScalars {
  return Object.fromEntries(
    Object.entries(solverValues(schedule.steps[0])).map(([name, value]) => [
      name,
      new ReplayParam(name, value),
    ]),
  );
}

/** What the UNet sees of the latents. */
export function solverInput(schedule: Schedule, latents: Tensor, scalars: SolverScalars): Tensor {
  return schedule.scalesInput ? latents.mul(scalars.inputScale) : latents;
}

/** Records one step: the next latents. */
export function solve(schedule: Schedule, tensors: SolverTensors, scalars: SolverScalars): Tensor {
  const { latents, output, history, saved, noise } = tensors;
  const terms: [Tensor, Scalar][] = [
    [latents, scalars.sample],
    [output, scalars.output0],
  ];
  history.forEach((earlier, i) => {
    terms.push([earlier, scalars[`output${i + 1}`]]);
  });
  if (schedule.usesSaved && saved !== undefined) terms.push([saved, scalars.saved]);
  if (schedule.usesNoise && noise !== undefined) terms.push([noise, scalars.noise]);
  if (schedule.clipRange !== undefined) {
    const { clipRange: range } = schedule;
    const picture = latents.mul(scalars.clippedSample).add(output.mul(scalars.clippedOutput));
    terms.push([picture.clamp(-range, range), scalars.clippedWeight]);
  }
  return terms.map(([tensor, weight]) => tensor.mul(weight)).reduce((sum, term) => sum.add(term));
}
