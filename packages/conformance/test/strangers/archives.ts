/** Packages as a stranger gets them: packed as for the registry, unpacked into a folder of their own. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../../../scripts/lib/build.mjs';
import { type Outcome, root, run, runNode } from '../../../../scripts/lib/process.mjs';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Workspace packages, packed once as for the registry. */
export class Archives {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wick-archives-'));

  /** Builds what is stale and packs the packages. */
  async pack(...names: readonly string[]): Promise<void> {
    orThrow(await build(), 'the build');
    for (const name of names) {
      const args = ['pack', '--pack-destination', this.#folder];
      const cwd = join(root, 'packages', name);
      orThrow(await runNode('node_modules/pnpm/bin/pnpm.cjs', args, { cwd }), `packing ${name}`);
    }
  }

  /** The file of a package. */
  of(name: string): string {
    const file = readdirSync(this.#folder).find((each) => /^wick-(.*)-\d/.exec(each)?.[1] === name);
    if (file === undefined) throw new Error(`${name} is not packed`);
    return join(this.#folder, file);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A temporary folder outside of the workspace, with `node_modules`. */
export class StrangersFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'wick-stranger-'));

  /** Unpacks archives into `node_modules`, and puts what they need from the registry beside them. */
  async install(archives: Archives, ...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const target = this.#folderOf(`@wick/${name}`);
      const args = ['-xzf', archives.of(name), '-C', target, '--strip-components=1'];
      orThrow(await run('tar', args), `unpacking ${name}`);
      const nodeModules = join(root, 'packages', name, 'node_modules');
      this.#copyDependencies(join(target, 'package.json'), nodeModules);
    }
  }

  /** Copies what an installed package takes from the registry out of the workspace: no test uses the network. */
  #copyDependencies(manifest: string, nodeModules: string): void {
    const { dependencies = {} }: Manifest = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith('@wick/')) continue;
      const source = realpathSync(join(nodeModules, name));
      cpSync(source, this.#folderOf(name), { recursive: true });
      // What it needs itself lies beside it.
      const beside = join(source, ...name.split('/').map(() => '..'));
      this.#copyDependencies(join(source, 'package.json'), beside);
    }
  }

  /** Copies a folder in. */
  add(folder: string, to = '.'): void {
    cpSync(folder, join(this.path, to), { recursive: true });
  }

  node(...args: readonly string[]): Promise<Outcome> {
    return run(process.execPath, args, { cwd: this.path, timeoutMs: 300_000 });
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
