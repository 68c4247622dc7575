/** Whether a file holds the parameters that a network needs. */
import { WickError } from '@wick/core';
import { nearest } from './near.js';

/** A parameter that a network needs, or a tensor that was found. */
export interface ParameterInfo {
  readonly name: string;
  /** Sizes in row-major order. */
  readonly shape: readonly number[];
}

/** Options of `checkParameters`. */
export interface CheckParametersOptions {
  /** Tensors that may be there although nothing needs them; by default there are none. */
  readonly redundant?: (name: string) => boolean;
  /** What the tensors were found in, for the message. */
  readonly label?: string;
}

/** A message names this many of a kind and counts the rest. */
const NAMED = 4;

/**
 * Compares what a network needs with what was found.
 *
 * @throws BAD_MODEL when a parameter is missing (with the names found that come nearest), has another
 * shape (with both), or when tensors were found that nothing needs. One error tells of all three.
 */
export function checkParameters(
  expected: Iterable<ParameterInfo>,
  found: Iterable<ParameterInfo>,
  { redundant = () => false, label = 'The model' }: CheckParametersOptions = {},
): void {
  const left = new Map(Array.from(found, (tensor) => [tensor.name, tensor.shape]));
  const missing: string[] = [];
  const misshapen: string[] = [];
  let first: string | undefined;
  for (const { name, shape } of expected) {
    const actual = left.get(name);
    left.delete(name);
    const fits = actual?.length === shape.length && actual.every((size, i) => size === shape[i]);
    if (fits) continue;
    first ??= name;
    if (actual === undefined) missing.push(name);
    else misshapen.push(`${name} is [${actual.join(', ')}], expected [${shape.join(', ')}]`);
  }
  const unexpected = Array.from(left.keys()).filter((name) => !redundant(name));
  if (missing.length + misshapen.length + unexpected.length === 0) return;

  const parts: string[] = [];
  if (misshapen.length > 0) parts.push(list(misshapen));
  if (missing.length > 0) {
    const hints = missing.slice(0, NAMED).map((name) => describeMissing(name, unexpected));
    parts.push(list(hints, missing.length));
  }
  if (unexpected.length > 0) parts.push(`nothing needs ${list(unexpected)}`);
  throw new WickError('BAD_MODEL', `${label} does not fit its configuration: ${parts.join('; ')}.`, {
    label: first ?? unexpected[0],
  });
}

function describeMissing(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return `${name} is missing${near.length === 0 ? '' : ` (found ${near.join(', ')})`}`;
}

function list(items: readonly string[], count = items.length): string {
  const named = items.slice(0, NAMED).join(', ');
  return count > NAMED ? `${named} and ${count - NAMED} more` : named;
}
