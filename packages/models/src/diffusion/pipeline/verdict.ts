/** What is said about a result that cannot be used: which layer it went wrong in. */

import { type Device, WickError } from '@wick/core';
import { readOptions } from '../../cancel.js';
import type { Observe } from '../networks/layers.js';

/** What is wrong with values whose largest magnitude is `peak`; undefined when nothing is. */
export function faultOf(peak: number): string | undefined {
  if (Number.isNaN(peak)) return 'not a number';
  if (!Number.isFinite(peak)) return 'infinite';
  return peak === 0 ? 'zero everywhere' : undefined;
}

/** What was being done when a result turned out unusable. */
export interface Stage {
  /** The network: `unet`. */
  readonly name: string;
  /** What is wrong: `the latents are not a number after step 3 of 15`. */
  readonly problem: string;
  /** Whether the result is zeros, so that a layer of zeros is to blame; in a sound network one may be right. */
  readonly zeros: boolean;
  /** Repeats what led to it, observed. */
  readonly repeat: (observe: Observe) => void;
}

/** A layer, and what is wrong with its result. */
interface Culprit {
  readonly name: string;
  readonly fault: string;
}

/** The first layer, in the order of recording, whose result is not finite, or else zero everywhere. */
async function findCulprit(
  device: Device,
  { repeat, zeros }: Stage,
  signal: AbortSignal | undefined,
): Promise<Culprit | undefined> {
  const peaks: { readonly name: string; readonly peak: Promise<ArrayLike<number>> }[] = [];
  device.run(() => {
    repeat((name, value) => {
      if (value.size > 0) peaks.push({ name, peak: value.abs().max().data(readOptions(signal)) });
    });
  });
  const values = await Promise.all(peaks.map(({ peak }) => peak));
  const faults = peaks.flatMap(({ name }, i) => {
    const fault = faultOf(values[i][0]);
    return fault === undefined ? [] : [{ name, fault, finite: Number.isFinite(values[i][0]) }];
  });
  return faults.find(({ finite }) => !finite) ?? (zeros ? faults.at(0) : undefined);
}

/** `BAD_OUTPUT` that names the layer in which the result first went wrong. */
export async function badOutput(device: Device, stage: Stage, signal?: AbortSignal): Promise<WickError> {
  const { name, problem } = stage;
  const culprit = await findCulprit(device, stage, signal);
  const label = culprit === undefined ? name : `${name}/${culprit.name}`;
  const where =
    culprit === undefined
      ? `repeated layer by layer, ${name} gives sound values, so the work itself went wrong`
      : `the first wrong result is that of ${label}, which is ${culprit.fault}`;
  return new WickError('BAD_OUTPUT', `${problem}; ${where}`, { label });
}
