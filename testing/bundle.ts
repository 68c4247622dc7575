/** Bundles sources of the workspace into one script, for hosts that do not read TypeScript. */
import { build } from 'vite';

/** The code of one module with everything that `entry` imports inside. */
export async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@wick/source', 'module', 'browser', 'import', 'default'] },
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      lib: { entry, formats: ['es'], fileName: 'bundle' },
      // Node's own modules are there in Node and Deno, and nothing for a page imports them.
      rolldownOptions: { external: /^node:/, output: { codeSplitting: false } },
    },
  });
  const [output] = [result].flat();
  if (output === undefined || !('output' in output)) throw new Error('the bundler watches');
  const [chunk] = output.output;
  return chunk.code;
}
