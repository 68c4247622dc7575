import type { Device } from '@wick/core';
import { requireShared } from '#shared';
import { openTinyAutoencoder, TinyAutoencoder } from '../../src/index.js';
import { fileFolder } from '../../src/node.js';

export const TAEF2 = 'models/taef2';

/** The published tiny autoencoder for the latents of FLUX.2. */
export async function loadTaef2(device: Device): Promise<TinyAutoencoder> {
  return TinyAutoencoder.load(device, await openTinyAutoencoder(fileFolder(requireShared(TAEF2))));
}
