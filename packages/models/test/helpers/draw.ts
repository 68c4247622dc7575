/** Drawing with the embedded model, on a device that lives as long as the drawing. */

import { type BackendFactory, openDevice } from '@wick/core';
import {
  type DrawOptions,
  openDiffusionFolder,
  type RgbImage,
  StableDiffusionPipeline,
} from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';

const folder = embeddedModelPath('shapes');

export interface Drawing {
  readonly picture: RgbImage;
  /** The latents after each step. */
  readonly latents: readonly Float32Array[];
}

export async function drawOn(backend: BackendFactory, options: DrawOptions): Promise<Drawing> {
  await using device = await openDevice(backend);
  using pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(fileFolder(folder)));
  return await drawWith(pipeline, options);
}

export async function drawWith(pipeline: StableDiffusionPipeline, options: DrawOptions): Promise<Drawing> {
  const latents: Float32Array[] = [];
  const [picture] = await pipeline.draw({
    ...options,
    onStep: async (step) => {
      latents.push(Float32Array.from(await step.latents.data()));
    },
  });
  return { picture, latents };
}

/** The largest difference of two channels of one pixel, in 255ths. */
export function worstByte(a: RgbImage, b: RgbImage): number {
  if (a.data.length !== b.data.length) throw new Error(`${a.data.length} bytes beside ${b.data.length}`);
  return a.data.reduce((most, byte, i) => Math.max(most, Math.abs(byte - b.data[i])), 0);
}
