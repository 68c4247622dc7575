import type { Device } from '@wick/core';
import { requireShared } from '#shared';
import { openWuerstchen, WuerstchenPipeline, type WuerstchenPrompt } from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import type { Reference } from '../diffusion/reference.js';

export const WUERSTCHEN_TINY = 'fixtures/wuerstchen-tiny';

/** The tiny Würstchen. */
export async function loadTiny(device: Device): Promise<WuerstchenPipeline> {
  const folder = fileFolder(requireShared(WUERSTCHEN_TINY));
  return WuerstchenPipeline.load(
    device,
    await openWuerstchen(folder.folder('prior_pipeline'), folder.folder('decoder_pipeline')),
  );
}

/** The recorded prompts of a text encoder: what is wanted, and the empty text. */
export async function recordedPrompts(
  reference: Reference,
  encoder: 'prior_text' | 'decoder_text',
): Promise<readonly [WuerstchenPrompt, WuerstchenPrompt]> {
  const [, length] = reference.shape(`in.${encoder}.input_ids`);
  const ids = await reference.numbers(`in.${encoder}.input_ids`);
  const mask = await reference.numbers(`in.${encoder}.attention_mask`);
  const row = (i: number): WuerstchenPrompt => ({
    ids: [...ids.subarray(i * length, (i + 1) * length)],
    tokens: mask.subarray(i * length, (i + 1) * length).reduce((sum, shown) => sum + shown, 0),
  });
  return [row(0), row(1)];
}
