import { defineConfig, type Options } from 'tsup';

/** What all packages build alike; a package names its entries. Declarations come from built packages. */
export function build(
  entry: readonly string[],
  platform: 'neutral' | 'node',
): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry: [...entry],
    format: ['esm'],
    platform,
    target: 'es2022',
    sourcemap: true,
    clean: true,
    treeshake: false,
    silent: true,
    dts: { compilerOptions: { customConditions: [] } },
  };
  return defineConfig(options);
}
