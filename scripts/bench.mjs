/** `pnpm bench`: builds the packages if they changed, bundles the programs in bench/, and runs them. */
import { join } from 'node:path';
import { build as bundle } from 'tsup';
import { build } from './lib/build.mjs';
import { messageOf, requireNode, root, runNode } from './lib/process.mjs';

requireNode();

const outDir = 'node_modules/.cache/wick/bench';

try {
  const outcome = await build(() => process.stderr.write('Building ...\n'));
  if (!outcome.ok) throw new Error(`The build failed:\n${outcome.output}`);
  await bundle({
    entry: [join(root, 'bench', 'main.ts')],
    outDir: join(root, outDir),
    config: false,
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    tsconfig: join(root, 'tsconfig.json'),
    external: [/^@wick\//],
    silent: true,
  });
  const { code } = await runNode(`${outDir}/main.mjs`, process.argv.slice(2), { inherit: true });
  process.exitCode = code;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
