/** `prior/config.json`: a `WuerstchenPrior`. */

import * as v from 'valibot';
import { layers, size } from '../../diffusion/config/fields.js';
import { refuse } from '../../diffusion/config/refuse.js';
import { parseAs } from '../../schema.js';

export const PRIOR_CONFIG = 'prior/config.json';

/** Everything about a prior but its weights. */
export interface PriorConfig {
  /** Channels of the image embeddings. */
  readonly channels: number;
  readonly width: number;
  /** Width of the hidden states of the text. */
  readonly textSize: number;
  /** Width of the embedding of noise levels. */
  readonly levelSize: number;
  readonly depth: number;
  readonly headCount: number;
}

const schema = v.object({
  c_in: v.nullish(size, 16),
  c: v.nullish(size, 1280),
  c_cond: v.nullish(size, 1024),
  c_r: v.nullish(v.pipe(size, v.minValue(4)), 64),
  depth: v.nullish(layers, 16),
  nhead: v.nullish(size, 16),
});

/** @throws BAD_MODEL naming the field */
export function parsePriorConfig(config: unknown, label = PRIOR_CONFIG): PriorConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  if (file.c % file.nhead !== 0) {
    throw refuse(label, 'c', `is ${file.c}, which ${file.nhead} heads do not divide`);
  }
  return {
    channels: file.c_in,
    width: file.c,
    textSize: file.c_cond,
    levelSize: file.c_r,
    depth: file.depth,
    headCount: file.nhead,
  };
}
