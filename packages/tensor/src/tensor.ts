import type { TensorParts } from './base.js';
import { NetworkMethods } from './methods/network.js';

/**
 * An n-dimensional array in device memory: 0 to 8 axes, contiguous and row-major. Operations are methods
 * here and functions of the same name; each returns a new tensor that is computed when somebody reads it,
 * or when its device is flushed. A tensor is a value: only `writeRows` and `device.write` change one, and
 * then every tensor that shares its memory (reshapes, aligned slices) sees the change.
 *
 * It lives until the `device.run` or `device.scope` that it was made in ends, unless it is part of the
 * result or `keep` was called; outside of scopes, until `dispose` (or the end of a `using` block).
 */
export class Tensor extends NetworkMethods {
  protected override make(parts: TensorParts): this {
    return new Tensor(parts) as this;
  }
}
