/** Backends that take implementations which they would not choose for the small shapes of tests. */

import type { BackendFactory } from '@wick/core';

/** What to take in place of what `specialize` answered for a kernel. */
export type Force = (kernel: string, specialization: string) => string;

export function forced({ name, open }: BackendFactory, force: Force): BackendFactory {
  return {
    name,
    async open() {
      const backend = await open();
      const { specialize } = backend;
      if (specialize === undefined) return backend;
      const value: typeof specialize = (kernel, ...rest) =>
        force(kernel.name, specialize.call(backend, kernel, ...rest));
      return Object.defineProperty(backend, 'specialize', { value });
    },
  };
}

/** Products and convolutions in tiles of a size, also where they would be tiny, have few rows, or be direct. */
export function withTiles(size: 'small' | 'large' | 'wide'): Force {
  return (kernel, specialization) => {
    if (kernel === 'matmul') return specialization.replace(/^(tiny|small|large|wide)\b/, size);
    if (kernel === 'conv2d') return specialization.replace(/^(tiny|small|large|wide)\b/, size);
    return specialization;
  };
}

/** Attention in blocks of queries, however few there are. */
export const inBlocks: Force = (kernel, specialization) =>
  kernel === 'attention' ? specialization.replace(/^(few|tiled)\b/, 'blocked') : specialization;
