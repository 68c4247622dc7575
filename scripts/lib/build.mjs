/** Builds the packages when their sources changed since the last build, and costs little when not. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './process.mjs';

const stampFile = join(root, 'node_modules', '.cache', 'wick', 'build');
const packages = join(root, 'packages');
const sharedFiles = [
  'package.json',
  'pnpm-lock.yaml',
  'tsconfig.base.json',
  'tsconfig.neutral.json',
  'tsup.base.ts',
];
const packageFiles = ['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'native'];

/** @param {import('node:crypto').Hash} hash @param {string} path */
function addToHash(hash, path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) {
    for (const name of readdirSync(path).sort()) addToHash(hash, join(path, name));
  } else {
    hash.update(`${path} ${stat.mtimeMs} ${stat.size}\n`);
  }
}

/** Names, sizes and times of all that a build reads: about ten milliseconds for the whole workspace. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of sharedFiles) addToHash(hash, join(root, file));
  for (const name of readdirSync(packages)) {
    for (const file of packageFiles) addToHash(hash, join(packages, name, file));
  }
  return hash.digest('hex');
}

function isBuilt() {
  return readdirSync(packages)
    .filter((name) => existsSync(join(packages, name, 'tsup.config.ts')))
    .every((name) => existsSync(join(packages, name, 'dist', 'index.js')));
}

export function isBuildFresh() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint() && isBuilt();
}

/**
 * Builds what is stale, quietly.
 * @param {() => void} [onWork] called first when there is something to do
 * @returns {Promise<import('./process.mjs').Outcome>}
 */
export async function build(onWork) {
  if (isBuildFresh()) return { ok: true, code: 0, output: '' };
  onWork?.();
  const before = fingerprint();
  rmSync(stampFile, { force: true });
  const args = ['run', 'build', '--output-logs=errors-only', '--log-order=grouped', '--concurrency=2'];
  const outcome = await runNode('node_modules/turbo/bin/turbo', args);
  if (outcome.ok) {
    mkdirSync(join(stampFile, '..'), { recursive: true });
    writeFileSync(stampFile, before);
  }
  return outcome;
}
