/**
 * Installs the workspace with the pinned pnpm, from whatever a machine has: that pnpm itself, corepack,
 * or nothing but npm. Once installed, nothing here asks the network again until the lockfile changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

const stampFile = join(root, 'node_modules', '.wick-install');

/** @param {string} file @returns {Record<string, unknown>} */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The version in `packageManager`, the only place that names it for people and tools. */
function pinnedVersion() {
  const { packageManager } = readJson(join(root, 'package.json'));
  return String(packageManager)
    .replace(/^pnpm@/, '')
    .replace(/\+.*$/, '');
}

/** Changes when an install could give another result. */
function fingerprint() {
  const manifests = ['packages', 'scripts/launcher']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`))
    .concat('package.json', 'scripts/launcher/package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml');
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of manifests.sort()) {
    if (existsSync(join(root, file))) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/**
 * Commands that may be the pinned pnpm, cheapest first. The one in node_modules is a development
 * dependency of the same version, which is also what turbo finds on its PATH.
 * @param {string} version
 * @returns {{ name: string, command: string, args: string[] }[]}
 */
function candidates(version) {
  const local = join(root, 'node_modules', 'pnpm');
  const list = [
    { name: 'pnpm', command: 'pnpm', args: [] },
    { name: 'corepack', command: 'corepack', args: [`pnpm@${version}`] },
    { name: 'npx', command: 'npx', args: ['--yes', `pnpm@${version}`] },
  ];
  const isLocal =
    existsSync(join(local, 'package.json')) && readJson(join(local, 'package.json')).version === version;
  if (isLocal) {
    list.unshift({ name: 'local', command: process.execPath, args: [join(local, 'bin', 'pnpm.cjs')] });
  }
  return list;
}

/** A global pnpm must answer for itself instead of fetching the pinned version behind our back. */
const asIs = { npm_config_manage_package_manager_versions: 'false', npm_config_fetch_retries: '1' };

async function findPnpm() {
  const version = pinnedVersion();
  const tried = [];
  for (const { name, command, args } of candidates(version)) {
    const probe = await run(command, [...args, '--version'], { timeoutMs: 120_000, env: asIs });
    if (probe.ok && probe.output.trim().split('\n').at(-1)?.trim() === version) return { command, args };
    tried.push(name);
  }
  throw new Error(
    `pnpm ${version} cannot be had (tried ${tried.join(', ')}). ` +
      'The first install needs the npm registry; after it, no command here needs the network.',
  );
}

/**
 * Makes node_modules agree with the lockfile.
 * @param {() => void} [onWork] called first when there is something to do
 * @returns {Promise<'fresh' | 'installed'>} 'fresh' when there was nothing to do
 */
export async function install(onWork) {
  const wanted = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return 'fresh';
  onWork?.();
  const { command, args } = await findPnpm();
  const outcome = await run(command, [
    ...args,
    'install',
    '--frozen-lockfile',
    '--config.confirm-modules-purge=false',
  ]);
  if (!outcome.ok) throw new Error(`pnpm install failed:\n${outcome.output.trimEnd()}`);
  writeFileSync(stampFile, wanted);
  return 'installed';
}
