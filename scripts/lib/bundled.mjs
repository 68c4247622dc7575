/** Programs in TypeScript that are no part of a package: built with the packages, bundled, and run. */
import { join } from 'node:path';
import { build as bundle } from 'tsup';
import { build } from './build.mjs';
import { messageOf, requireNode, root, runNode } from './process.mjs';

/**
 * Runs a program of bench/ with the arguments of this process, and ends with its exit code.
 * @param {string} entry its file, from the top folder
 * @param {string} name of its folder in the cache
 */
export async function runBundled(entry, name) {
  requireNode();
  const outDir = `node_modules/.cache/wick/${name}`;
  try {
    const outcome = await build(() => process.stderr.write('Building ...\n'));
    if (!outcome.ok) throw new Error(`The build failed:\n${outcome.output}`);
    await bundle({
      entry: { main: join(root, entry) },
      outDir: join(root, outDir),
      config: false,
      format: ['esm'],
      outExtension: () => ({ js: '.mjs' }),
      platform: 'node',
      target: 'node20',
      tsconfig: join(root, 'tsconfig.json'),
      external: [/^@wick\//, 'onnxruntime-web', /^@tensorflow\//],
      silent: true,
    });
    const { code } = await runNode(`${outDir}/main.mjs`, process.argv.slice(2), { inherit: true });
    process.exitCode = code;
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
