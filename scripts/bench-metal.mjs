/**
 * `pnpm bench:metal`: what encoding costs on Metal, or on the software Metal with execution switched off.
 * Builds an addon of its own that has what is measured against, bundles the program, and runs it.
 */
import { join } from 'node:path';
import { build as bundle } from 'tsup';
import { requireNode, root, runNode } from './lib/process.mjs';

requireNode();

const outDir = 'node_modules/.cache/wick/bench-metal';
const isMac = process.platform === 'darwin';
const built = await (isMac
  ? runNode('packages/backend-metal/native/build.mjs', ['--bench'], { inherit: true })
  : runNode('scripts/softmetal.mjs', ['--bench'], { inherit: true }));
if (built.ok) {
  await bundle({
    entry: [join(root, 'bench/metal-encode/main.ts')],
    outDir,
    config: false,
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    tsconfig: join(root, 'tsconfig.json'),
    noExternal: [/^@wick\//],
    esbuildOptions: (options) => {
      options.conditions = ['@wick/source'];
    },
    silent: true,
  });
  const addon = join(
    root,
    'packages/backend-metal',
    isMac ? 'gyp/build/Release' : 'build/bench',
    'wick_metal.node',
  );
  const env = { SOFTMETAL_EXECUTE: '0', SOFTMETAL_TRACK: '0' };
  process.exitCode = (await runNode(`${outDir}/main.mjs`, [addon], { inherit: true, env })).code;
} else {
  process.exitCode = 1;
}
