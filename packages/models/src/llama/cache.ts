import { type Device, ReplayParam } from '@wick/core';
import { type Tensor, writeRows, zeros } from '@wick/tensor';
import type { LlamaConfig } from './config.js';

/** Where in a cache a forward pass writes: a number, or one that every replay supplies anew. */
export type CachePosition = number | ReplayParam;

/** Adds to a position, whether it is a number or supplied by replays. */
export function advance(position: CachePosition, count: number): CachePosition {
  return position instanceof ReplayParam ? position.plus(count) : position + count;
}

/**
 * The keys and values of all positions so far, so that a token costs one position's work. For each layer
 * two tensors [batch, capacity, keyValueHeadCount, headSize], float32.
 */
export class KeyValueCache implements Disposable {
  readonly #keys: readonly Tensor[];
  readonly #values: readonly Tensor[];

  /** @param capacity positions that it holds */
  constructor(
    device: Device,
    config: LlamaConfig,
    readonly capacity: number,
    batch = 1,
  ) {
    const shape = [batch, capacity, config.keyValueHeadCount, config.headSize];
    const make = (kind: string) =>
      Array.from({ length: config.layerCount }, (_, i) =>
        zeros(device, shape, { label: `cache.${i}.${kind}` }).keep(),
      );
    this.#keys = make('keys');
    this.#values = make('values');
  }

  /** Writes the keys and values of new positions and returns those of all. */
  append(
    layer: number,
    keys: Tensor,
    values: Tensor,
    position: CachePosition,
  ): { keys: Tensor; values: Tensor } {
    writeRows(this.#keys[layer], keys, position, 1);
    writeRows(this.#values[layer], values, position, 1);
    return { keys: this.#keys[layer], values: this.#values[layer] };
  }

  [Symbol.dispose](): void {
    for (const tensor of [...this.#keys, ...this.#values]) tensor[Symbol.dispose]();
  }
}
