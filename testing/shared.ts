/**
 * Material that lies beside the repository, for developers and CI only. A test that needs it, or needs
 * anything else that may be missing, is skipped with a reason, which `npm test` lists at its end.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** The absolute path of a file or folder in `../shared`, or undefined when it is not there. */
export function shared(path: string): string | undefined {
  const full = root + path;
  return existsSync(full) ? full : undefined;
}

/** Like `shared`, for the body of a test that `describeShared` guards. */
export function requireShared(path: string): string {
  const full = shared(path);
  if (full === undefined) throw new Error(`../shared/${path} is missing`);
  return full;
}

/**
 * A suite that runs only when `reason` is undefined. Otherwise its body is not called, and one test
 * that is skipped with the reason stands in its place.
 */
export function describeUnless(reason: string | undefined, name: string, body: () => void): void {
  if (reason === undefined) describe(name, body);
  else describe(name, () => skipReason(reason));
}

/** A suite that needs `../shared`: the folder itself, or the paths in it that are given. */
export function describeShared(name: string, body: () => void, paths: readonly string[] = ['']): void {
  const missing = paths.find((path) => shared(path) === undefined);
  const folder = missing === '' ? '../shared' : `../shared/${missing}`;
  const reason = missing === undefined ? undefined : `${folder} is missing`;
  describeUnless(reason, name, body);
}

/** Inside a suite: says that it has tests which are not run here, and why. */
export function skipReason(reason: string): void {
  it('not run here', (context) => context.skip(reason));
}
