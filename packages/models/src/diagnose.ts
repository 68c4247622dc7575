/** Which part of a network went wrong. */

import { type Device, WickError } from '@wick/core';
import type { Tensor } from '@wick/tensor';

/** Is shown every named intermediate, as it is recorded. */
type Observe = (name: string, value: Tensor) => void;

/**
 * Runs `forward` again with an observer and gives the name of the first intermediate, in the order of
 * recording, with an element that is infinite or not a number; undefined when all are finite. Costs one
 * small read per intermediate.
 */
export async function firstNotFinite(
  device: Device,
  forward: (observe: Observe) => void,
): Promise<string | undefined> {
  const sums: { readonly name: string; readonly sum: Promise<ArrayLike<number>> }[] = [];
  device.run(() =>
    forward((name, value) => {
      // x * 0 is 0 for finite x and not a number otherwise, and a sum keeps that.
      sums.push({ name, sum: value.cast('float32').mul(0).sum().data() });
    }),
  );
  for (const { name, sum } of sums) {
    const [total] = Array.from(await sum);
    if (total !== 0) return name;
  }
  return undefined;
}

/** BAD_OUTPUT that names the part where `firstNotFinite` finds the fault; `what` is the unusable result. */
export async function badOutput(
  device: Device,
  what: string,
  forward: (observe: Observe) => void,
): Promise<WickError> {
  const part = await firstNotFinite(device, forward);
  const where =
    part === undefined ? 'though every intermediate of a second run is finite' : `from ${part} on`;
  return new WickError('BAD_OUTPUT', `${what} is not a number, ${where}`, { label: part ?? what });
}
