/** Times of networks, and of their layers one by one. */

import { cpu } from '@wick/backend-cpu';
import { openDevice, type Plan } from '@wick/core';
import { median } from '../timing.js';
import type { OrtModule } from '../webgpu/ort.js';
import { type CountedLayer, heavyLayers } from './layers.js';
import { ortRunner, type Runner, wickRunner } from './one-layer.js';

/** Milliseconds. */
export interface Times {
  readonly fastest: number;
  readonly median: number;
  readonly rounds: number;
}

/** Times `work`, after some rounds that do not count. */
export async function timeOf(work: () => Promise<unknown>, rounds: number, warmUp: number): Promise<Times> {
  const times: number[] = [];
  for (let i = 0; i < warmUp + rounds; i++) {
    const begun = performance.now();
    await work();
    if (i >= warmUp) times.push(performance.now() - begun);
  }
  return { fastest: Math.min(...times), median: median(times), rounds };
}

/** A layer, and the fastest milliseconds of one run of it. */
export interface LayerTimes extends CountedLayer {
  readonly wick: number;
  /** Undefined without ONNX Runtime. */
  readonly ort: number | undefined;
}

export interface CompareOptions {
  readonly rounds: number;
  /** Of the work, that the layers together do at least. */
  readonly share: number;
  readonly progress: (text: string) => void;
}

/**
 * The heaviest layers of a plan on the CPU backend and in ONNX Runtime. Both take turns, and both have to
 * come to the same mean.
 */
export async function compareLayers(
  plan: Plan,
  ort: OrtModule | undefined,
  { rounds, share, progress }: CompareOptions,
): Promise<readonly LayerTimes[]> {
  const results: LayerTimes[] = [];
  for (const counted of heavyLayers(plan, share).layers) {
    await using device = await openDevice(cpu());
    const runners: Runner[] = [wickRunner(device, counted.layer)];
    if (ort !== undefined) runners.push(await ortRunner(ort, counted.layer));
    const fastest = runners.map(() => Number.POSITIVE_INFINITY);
    const means = runners.map(() => 0);
    for (let round = 0; round <= rounds; round++) {
      for (const [i, runner] of runners.entries()) {
        const begun = performance.now();
        means[i] = await runner.run();
        // The first round compiles.
        if (round > 0) fastest[i] = Math.min(fastest[i], performance.now() - begun);
      }
    }
    for (const runner of runners) await runner.close();
    const [mean, other = mean] = means;
    if (Math.abs(mean - other) > 1e-3 * (1 + Math.abs(mean)))
      throw new Error(`${counted.name}: means of ${mean} and ${other}`);
    const [wick, ortTime] = fastest;
    progress(`  ${counted.name}: ${wick.toFixed(1)} ms, ${ortTime?.toFixed(1) ?? 'no'} ms`);
    results.push({ ...counted, wick, ort: ortTime });
  }
  return results;
}
