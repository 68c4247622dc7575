/**
 * Which tensors of a device are alive, and the net under those that nobody disposed: when one is
 * garbage-collected its memory is freed and its label reported.
 */

import type { Device, DType } from '@wick/core';
import type { SharedMemory } from './memory.js';
import type { Shape } from './shape/shape.js';

/** A tensor that is not disposed. */
export interface LiveTensor {
  readonly label: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Bytes of its elements; several tensors may share them. */
  readonly byteLength: number;
}

/** What stays of a tensor when it is collected. It must not refer to the tensor. */
export interface Hold {
  readonly live: LiveSet;
  readonly memory: SharedMemory;
  readonly description: LiveTensor;
}

/** Told the label of a tensor that was collected without having been disposed. */
export type LeakListener = (label: string) => void;

/** The live tensors of one device. */
export class LiveSet {
  readonly holds = new Set<Hold>();
  readonly listeners = new Set<LeakListener>();
  #ended = false;

  constructor(device: Device) {
    // With the device goes all of its memory, so nothing is lost with a tensor any more.
    device.lost.then(() => {
      this.#ended = true;
    });
  }

  report(label: string): void {
    if (this.#ended) return;
    if (this.listeners.size === 0) console.warn(`wick: the tensor "${label}" was never disposed`);
    for (const listener of this.listeners) listener(label);
  }
}

const sets = new WeakMap<Device, LiveSet>();

const collected = new FinalizationRegistry<Hold>((hold) => {
  if (!hold.live.holds.delete(hold)) return;
  hold.memory.release();
  hold.live.report(hold.description.label);
});

function setOf(device: Device): LiveSet {
  let set = sets.get(device);
  if (set === undefined) {
    set = new LiveSet(device);
    sets.set(device, set);
  }
  return set;
}

/** Registers a tensor; the answer ends it with {@link letGo}. */
export function hold(tensor: object, device: Device, memory: SharedMemory, description: LiveTensor): Hold {
  const live = setOf(device);
  const entry: Hold = { live, memory, description };
  live.holds.add(entry);
  collected.register(tensor, entry, entry);
  return entry;
}

/** Ends a tensor's hold on its memory. */
export function letGo(entry: Hold): void {
  collected.unregister(entry);
  entry.live.holds.delete(entry);
  entry.memory.release();
}

/**
 * The tensors of a device that are not disposed, oldest first. What it lists after the work is done was
 * leaked: made outside of every scope, or kept, and never disposed.
 */
export function leaks(device: Device): LiveTensor[] {
  return [...setOf(device).holds].map(({ description }) => description);
}

/**
 * Calls `listener` with the label of every tensor of the device that is garbage-collected without having
 * been disposed; its memory is freed then. Without a listener a warning is written to the console.
 * Returns how to stop it.
 */
export function onLeak(device: Device, listener: LeakListener): () => void {
  const { listeners } = setOf(device);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
