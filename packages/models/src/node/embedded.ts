import { fileURLToPath } from 'node:url';
import { WickError } from '@wick/core';

/** The models that come with this package, with what they are. */
export const EMBEDDED_MODELS = {
  shakespeare: { folder: 'shakespeare-char', summary: 'a character-level Llama that continues Shakespeare' },
  shapes: { folder: 'shapes-diffusion', summary: 'a Stable Diffusion in miniature that draws plain shapes' },
} as const;

export type EmbeddedModel = keyof typeof EMBEDDED_MODELS;

/** The folder of a model that comes with this package. `INVALID_ARGUMENT` for an unknown name. */
export function embeddedModelPath(name: string): string {
  if (!Object.hasOwn(EMBEDDED_MODELS, name)) {
    const known = Object.keys(EMBEDDED_MODELS).join(', ');
    throw new WickError('INVALID_ARGUMENT', `there is no embedded model "${name}"; there is ${known}`);
  }
  const { folder } = EMBEDDED_MODELS[name as EmbeddedModel];
  // The same from src/node and from dist, which lie one and two folders below the package.
  const root = import.meta.url.includes('/src/node/') ? '../../' : '../';
  return fileURLToPath(new URL(`${root}assets/${folder}`, import.meta.url));
}
