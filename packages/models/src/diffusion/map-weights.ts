/** Weights under other names: how a network reads files of another layout. */

import { WickError } from '@wick/core';
import type { ParameterInfo } from '../weights/check.js';
import { findWeight, type WeightInfo, type Weights } from '../weights/weights.js';

/**
 * A view of `weights` with other names and, for the same elements in the same order, other shapes.
 *
 * @param rename the new name and shape of a tensor, or undefined to leave it out
 * @throws WickError `BAD_MODEL` when two tensors get one name
 */
export function mapWeights(
  weights: Weights,
  rename: (tensor: ParameterInfo) => ParameterInfo | undefined,
): Weights {
  const tensors = new Map<string, WeightInfo & { readonly stored: string }>();
  for (const info of weights.tensors.values()) {
    const view = rename(info);
    if (view === undefined) continue;
    const twin = tensors.get(view.name);
    if (twin !== undefined) {
      const { label } = weights;
      throw new WickError('BAD_MODEL', `${label}: ${twin.stored} and ${info.name} are both ${view.name}.`, {
        label: info.name,
      });
    }
    tensors.set(view.name, { ...info, name: view.name, shape: [...view.shape], stored: info.name });
  }
  const { label } = weights;
  return {
    label,
    tensors,
    read: async (name, signal) => weights.read(findWeight({ label, tensors }, name).stored, signal),
    close: () => weights.close(),
  };
}

/** The same weights with another name in messages and progress. */
export function relabelled(weights: Weights, label: string): Weights {
  const { tensors } = weights;
  return {
    label,
    tensors,
    read: (name, signal) => weights.read(name, signal),
    close: () => weights.close(),
  };
}
