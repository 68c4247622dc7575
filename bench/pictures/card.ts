/** The heaviest layers of a plan on a WebGPU device, beside ONNX Runtime's WebGPU provider on the same one. */

import type { Device, Plan } from '@wick/core';
import { type Effort, type Measured, measure } from '../webgpu/measure.js';
import type { OnnxDType } from '../webgpu/onnx.js';
import type { OrtModule } from '../webgpu/ort.js';
import { chainOf } from './chain.js';
import { type CountedLayer, heavyLayers } from './layers.js';

export interface CardLayer extends CountedLayer {
  readonly measured: Measured;
}

export interface CardLayers {
  readonly layers: readonly CardLayer[];
  /** Of the multiply-adds of the whole plan, that the layers do together. */
  readonly share: number;
}

export interface CardOptions {
  readonly dtype: OnnxDType;
  /** Of the work, that the layers together do at least, if time allows. */
  readonly share: number;
  readonly effort: Effort;
  /** Time after which no further layer is begun, the heaviest first. */
  readonly seconds: number;
  readonly progress: (text: string) => void;
}

export async function compareOnCard(
  device: Device,
  plan: Plan,
  ort: OrtModule | undefined,
  { dtype, share, effort, seconds, progress }: CardOptions,
): Promise<CardLayers> {
  const end = performance.now() + seconds * 1000;
  const found = heavyLayers(plan, share);
  const layers: CardLayer[] = [];
  for (const counted of found.layers) {
    if (performance.now() > end) {
      progress(`${seconds} s are over: ${found.layers.length - layers.length} kinds of layers are left out`);
      break;
    }
    const measured = await withoutStopping(device, ort, chainOf(counted, dtype), effort);
    const beside = measured.ortError ?? `${measured.ort?.toFixed(3) ?? '-'} ms`;
    progress(`  ${counted.count} x ${counted.name}: ${measured.wick.toFixed(3)} ms, ONNX Runtime ${beside}`);
    layers.push({ ...counted, measured });
  }
  const done = layers.reduce((sum, { work, count }) => sum + work * count, 0);
  return { layers, share: done / found.whole };
}

/** Where the two do not agree, Wick by itself, with that as the error. */
async function withoutStopping(...args: Parameters<typeof measure>): Promise<Measured> {
  try {
    return await measure(...args);
  } catch (thrown) {
    const [device, ort, workload, effort] = args;
    if (ort === undefined) throw thrown;
    const alone = await measure(device, undefined, workload, effort);
    return { ...alone, ortError: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
