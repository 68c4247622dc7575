import type { Device } from '@wick/core';

/** Device memory that is not given back, under one label. */
export interface LiveMemory {
  readonly label: string;
  /** Memories of this label; tensors that share one count once. */
  readonly count: number;
  readonly bytes: number;
}

/**
 * What the tensors of a device still hold, most bytes first. What it lists when the work is done was
 * leaked: made outside of every scope, or kept, and never disposed. A tensor that is garbage-collected
 * without having been disposed gives its memory back too, and is reported to `DeviceOptions.onLeak`.
 */
export function leaks(device: Device): LiveMemory[] {
  return [...device.stats().buffers.byLabel].map(([label, { buffers, bytes }]) => ({
    label,
    count: buffers,
    bytes,
  }));
}
