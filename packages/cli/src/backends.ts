/** The backends that there are, and how their packages are found. */

import type { BackendLoader } from '@wick/core';

export interface KnownBackend {
  readonly name: string;
  /** What it runs on. */
  readonly summary: string;
}

/** Shown by `wick devices`; any other `@wick/backend-NAME` that is installed works too. */
export const KNOWN_BACKENDS: readonly KnownBackend[] = [
  { name: 'cpu', summary: 'every machine; the reference' },
  { name: 'webgpu', summary: 'Vulkan, Metal or Direct3D 12' },
  { name: 'metal', summary: 'macOS' },
];

export function backendPackage(name: string): string {
  return `@wick/backend-${name}`;
}

/** Imports the package of a backend that is installed beside this one; the CPU's always is. */
export const loadBackend: BackendLoader = (name) =>
  name === 'cpu' ? import('@wick/backend-cpu') : import(/* @vite-ignore */ backendPackage(name));

/** Whether an import failed because there is no such package, and not because the package is broken. */
export function isNotInstalled(thrown: unknown, name: string): boolean {
  if (!(thrown instanceof Error)) return false;
  const [missing = ''] = thrown.message.split(' imported from ');
  return missing.includes(`'${backendPackage(name)}'`);
}
