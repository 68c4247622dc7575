/** Suites that every backend has to pass, each in the sizes that it manages in a test. */

import { cpu } from '@wick/backend-cpu';
import { metal } from '@wick/backend-metal';
import { webgpu } from '@wick/backend-webgpu';
import type { BackendFactory } from '@wick/core';
import { describe } from 'vitest';
import { describeShared, describeUnless } from '#shared';
import { missingMetal } from '../../../../testing/metal.js';
import { missingVulkan } from '../../../../testing/webgpu.js';
import { NOT_LONG } from './reference.js';

interface TestedBackend {
  readonly name: string;
  /** Why it cannot compute here. */
  readonly missing: string | undefined;
  /** Runs in software, at about a thousandth of a card's speed. */
  readonly slow: boolean;
  readonly factory: () => BackendFactory;
}

export const BACKENDS: readonly TestedBackend[] = [
  { name: 'cpu', missing: undefined, slow: false, factory: () => cpu() },
  {
    name: 'webgpu',
    missing: missingVulkan(),
    slow: true,
    factory: () => webgpu({ dawnFlags: [] }),
  },
  { name: 'metal', missing: missingMetal(), slow: true, factory: softMetal },
];

/** softmetal without its search for races, which packages/backend-metal is about: several times faster. */
function softMetal(): BackendFactory {
  process.env.SOFTMETAL_TRACK ??= '0';
  return metal();
}

/**
 * One suite for each backend.
 *
 * @param paths in ../shared that it needs
 * @param heavy whether it takes minutes on a slow backend, where it is left to WICK_LONG=1
 */
export function describeBackends(
  name: string,
  body: (backend: Pick<TestedBackend, 'name' | 'slow' | 'factory'>) => void,
  paths?: readonly string[],
  { heavy = false }: { readonly heavy?: boolean } = {},
): void {
  for (const backend of BACKENDS) {
    const tooSlow = heavy && backend.slow ? NOT_LONG : undefined;
    describeUnless(backend.missing ?? tooSlow, `${name} on ${backend.name}`, () => {
      if (paths === undefined) describe('with what is in the repository', () => body(backend));
      else describeShared('with fixtures', () => body(backend), paths);
    });
  }
}
