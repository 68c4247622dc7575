/** The factory that configurations name. */

import type { BackendFactory } from '@wick/core';
import { MetalBackend } from './backend.js';
import { loadAddon } from './node/addon.js';
import { checkOptions, type MetalOptions } from './options.js';

/** Opens the Metal backend on the system's default device. Each opening makes a command queue of its own. */
export function metal(options: MetalOptions = {}): BackendFactory {
  return {
    name: 'metal',
    open: async () => {
      checkOptions(options);
      return MetalBackend.open(loadAddon().Device, options);
    },
  };
}
