/**
 * Time of one operation: that of a long chain less that of a short one, over the operations between them, so
 * that what a run costs beside its operations cancels out. First runs are left out, both sides take turns,
 * and the card is warm when it counts.
 */

import type { Device } from '@wick/core';
import { median } from '../timing.js';
import { type Chain, ortChain, wickChain } from './chains.js';
import { dataOf } from './data.js';
import type { OrtModule } from './ort.js';
import type { Workload } from './workloads.js';

const SHORT = 2;

export interface Effort {
  readonly rounds: number;
  /** For each side, before what counts. */
  readonly warmUpMs: number;
}

/** Milliseconds of one operation. */
export interface Measured {
  readonly workload: Workload;
  readonly wick: number;
  /** Undefined without ONNX Runtime, or where it fails. */
  readonly ort: number | undefined;
  readonly ortError?: string;
}

/** The chains of one side. */
interface Side {
  readonly short: Chain;
  readonly long: Chain;
}

async function timed(chain: Chain): Promise<number> {
  const begun = performance.now();
  await chain.run();
  return performance.now() - begun;
}

async function warmUp({ short, long }: Side, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  do {
    await short.run();
    await long.run();
  } while (performance.now() < end);
}

/**
 * How far the mean squares of both may be apart. float16 loses digits at every link of a chain; in float32
 * ONNX Runtime's attention was 2e-3 away from its own CPU provider, with which Wick agrees.
 */
const AGREEMENT = { float32: 5e-3, float16: 5e-2 } as const;

async function checkAgreement({ name, dtype }: Workload, wick: Side, ort: Side): Promise<void> {
  const [ours, theirs] = [await wick.short.run(), await ort.short.run()];
  if (!(Math.abs(ours - theirs) <= AGREEMENT[dtype] * Math.abs(theirs))) {
    throw new Error(`${name}: mean square ${ours} with Wick, ${theirs} with ONNX Runtime`);
  }
}

async function both(make: (length: number) => Chain | Promise<Chain>, long: number): Promise<Side> {
  return { short: await make(SHORT), long: await make(long) };
}

export async function measure(
  device: Device,
  ort: OrtModule | undefined,
  workload: Workload,
  effort: Effort,
): Promise<Measured> {
  const data = dataOf(workload);
  const wick = await both((length) => wickChain(device, workload, data, length), workload.chain);
  let other: Side | undefined;
  let ortError: string | undefined;
  if (ort !== undefined) {
    try {
      other = await both((length) => ortChain(ort, workload, data, length), workload.chain);
      await other.short.run();
    } catch (error) {
      other = undefined;
      ortError = error instanceof Error ? error.message : String(error);
    }
  }
  const sides = other === undefined ? [wick] : [wick, other];
  if (other !== undefined) await checkAgreement(workload, wick, other);
  const times = sides.map(() => ({ short: [] as number[], long: [] as number[] }));
  for (const side of sides) await warmUp(side, effort.warmUpMs);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [i, side] of sides.entries()) {
      await warmUp(side, effort.warmUpMs / 10);
      times[i].short.push(await timed(side.short));
      times[i].long.push(await timed(side.long));
    }
  }
  for (const { short, long } of sides) {
    await short.close();
    await long.close();
  }
  const [ours, theirs] = times.map(
    ({ short, long }) => (median(long) - median(short)) / (workload.chain - SHORT),
  );
  return { workload, wick: ours, ort: theirs, ...(ortError === undefined ? {} : { ortError }) };
}
