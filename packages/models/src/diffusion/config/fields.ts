/** Kinds of fields in the configuration files of diffusers. */

import * as v from 'valibot';

/** Far above any model, and low enough that a wrong number costs neither time nor memory. */
const MAX_SIZE = 1 << 20;
const MAX_LAYERS = 256;
const MAX_BLOCKS = 16;

/** A number of channels, tokens and the like. */
export const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_SIZE));

/** A number of layers. */
export const layers = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_LAYERS));

export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

export const tokenId = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** One entry for each level of a network. */
export function perBlock<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.minLength(1), v.maxLength(MAX_BLOCKS));
}

/** A switch or choice that the published models leave at this value; anything else is refused by name. */
export function only<const Value extends string | number | boolean>(value: Value) {
  return v.nullish(v.literal(value));
}

/** A part that Stable Diffusion 1.x does not have; anything but null is refused by name. */
export const absent = v.nullish(v.null());
