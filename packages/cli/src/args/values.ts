/** Turns the text of option values into values; ranges are checked by whoever uses them. */

import { InvalidArgumentError } from 'commander';

/** A decimal number, as people write it. */
export function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    throw new InvalidArgumentError('It has to be a number.');
  return Number(text);
}

/** A whole number of at least 0 that a double can hold. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It has to be a whole number of at least 0.');
  }
  return value;
}

/** Adds the names of one `--backend` to those before it: the option may be repeated, or take a list. */
export function collectNames(text: string, earlier: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new InvalidArgumentError('It has to be a name, or names with commas between.');
  return [...earlier, ...names];
}

/** One part of several: `2/8` is the second of eight. */
export function parseShard(text: string): { readonly index: number; readonly count: number } {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new InvalidArgumentError('It has to be K/N, from 1/N to N/N.');
  }
  return { index, count };
}
