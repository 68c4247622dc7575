/** Packages as a stranger gets them: packed as for the registry, unpacked into a folder of their own. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from '../../../../scripts/lib/build.mjs';
import { type Outcome, root, run, runNode } from '../../../../scripts/lib/process.mjs';

/** A temporary folder outside of the workspace, with `node_modules`. */
export class StrangersFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'wick-stranger-'));

  /** Packs workspace packages and unpacks the archives into `node_modules`. Builds what is stale. */
  async install(...names: readonly string[]): Promise<void> {
    orThrow(await build(), 'the build');
    const archives = join(this.path, 'archives');
    for (const name of names) {
      const args = ['pack', '--pack-destination', archives];
      const cwd = join(root, 'packages', name);
      orThrow(await runNode('node_modules/pnpm/bin/pnpm.cjs', args, { cwd }), `packing ${name}`);
      const archive = readdirSync(archives).find((file) => file.startsWith(`wick-${name}-`));
      if (archive === undefined) throw new Error(`there is no archive of ${name}`);
      const target = this.#folderOf(`@wick/${name}`);
      const unpack = ['-xzf', join(archives, archive), '-C', target, '--strip-components=1'];
      orThrow(await run('tar', unpack), `unpacking ${name}`);
    }
  }

  /** Copies packages of the registry that are installed in the workspace: no test uses the network. */
  copyInstalled(name: string, from: string): string {
    const manifest = createRequire(from).resolve(`${name}/package.json`);
    const folder = realpathSync(dirname(manifest));
    cpSync(folder, this.#folderOf(name), { recursive: true, dereference: true });
    return manifest;
  }

  /** Copies a folder in. */
  add(folder: string, to = '.'): void {
    cpSync(folder, join(this.path, to), { recursive: true });
  }

  node(...args: readonly string[]): Promise<Outcome> {
    return run(process.execPath, args, { cwd: this.path, timeoutMs: 120_000 });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #folderOf(name: string): string {
    const folder = join(this.path, 'node_modules', ...name.split('/'));
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

function orThrow({ ok, output }: Outcome, what: string): void {
  if (!ok) throw new Error(`${what} failed:\n${output}`);
}
