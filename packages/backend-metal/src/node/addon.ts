/** Finds the native addon: built from source in this package, or a prebuilt package of this platform. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import process, { arch, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { WickError } from '@wick/core';
import type { NativeAddon } from '../native.js';

/** Where builds from source put it: node-gyp on macOS, clang on Linux. */
const BUILT = ['gyp/build/Release/wick_metal.node', 'build/Release/wick_metal.node'];
/** The top of the package, from `src/node` and from `dist`. */
const TOPS = ['../../', '../'];

export function prebuiltPackage(): string {
  return `@wick/backend-metal-${platform}-${arch}`;
}

/** Loads the addon; tests name another build of it in WICK_METAL_ADDON. Throws `BACKEND_UNAVAILABLE` with what was looked for and what to do. */
export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url);
  const built = TOPS.flatMap((top) => BUILT.map((path) => new URL(top + path, import.meta.url))).find((url) =>
    existsSync(url),
  );
  const path =
    process.env.WICK_METAL_ADDON ?? (built === undefined ? prebuiltPackage() : fileURLToPath(built));
  try {
    return require(path) as NativeAddon;
  } catch (cause) {
    throw unavailable(cause, built !== undefined);
  }
}

function unavailable(cause: unknown, isBuilt: boolean): WickError {
  const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
  const message = isBuilt
    ? `the native addon cannot be loaded: ${reason}`
    : platform === 'darwin'
      ? `the native addon is not there: neither built here (pnpm build, with the Command Line Tools of Xcode) nor installed as ${prebuiltPackage()}`
      : `Metal is a part of macOS, and this is ${platform}; for tests, "node scripts/softmetal.mjs" builds a software Metal`;
  return new WickError('BACKEND_UNAVAILABLE', message, { cause });
}
