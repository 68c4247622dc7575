/**
 * Packs each package as it would be published and checks the archive: publint for the manifest and its
 * files, arethetypeswrong for what TypeScript finds. ESM only: `require` of a package is not promised.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, runNode } from './lib/process.mjs';

/** What the profile `esm-only` of the arethetypeswrong command leaves out. */
const IGNORED_RESOLUTIONS = new Set(['node10', 'node16-cjs']);

const archives = mkdtempSync(join(tmpdir(), 'wick-pack-'));

/** @param {string} folder @returns {Promise<string[]>} what is wrong */
async function problemsOf(folder) {
  const packed = await runNode(
    'node_modules/pnpm/bin/pnpm.cjs',
    ['pack', '--json', '--pack-destination', archives],
    {
      cwd: folder,
    },
  );
  if (!packed.ok) return [`pnpm pack failed:\n${packed.output}`];
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
  const bytes = readFileSync(join(archives, file));

  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const lint = await publint({ pack: { tarball }, strict: true });
  const problems = lint.messages.map((message) => {
    return `publint: ${formatMessage(message, lint.pkg, { color: false }) ?? message.code}`;
  });

  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  if (!types.types) return [...problems, 'arethetypeswrong: the package has no types'];
  for (const problem of types.problems) {
    if ('resolutionKind' in problem && IGNORED_RESOLUTIONS.has(problem.resolutionKind)) continue;
    problems.push(`arethetypeswrong: ${JSON.stringify(problem)}`);
  }
  return problems;
}

try {
  for (const name of readdirSync(join(root, 'packages'))) {
    // What is never published needs no archive.
    if (JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')).private) continue;
    for (const problem of await problemsOf(join(root, 'packages', name))) {
      console.error(`packages/${name}: ${problem}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(archives, { recursive: true, force: true });
}
