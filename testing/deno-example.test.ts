import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { missingDeno, runDeno } from './deno.js';
import { describeOnHost } from './hosts.js';

const root = fileURLToPath(new URL('../', import.meta.url));
// On the sources, whose imports name the files that are built from them.
const flags = ['--node-modules-dir=manual', '--conditions=@wick/source', '--unstable-sloppy-imports'];

describeOnHost(missingDeno('swiftshader'), 'the example for Deno', () => {
  it('writes on WebGPU what it writes on the CPU', { timeout: 300_000 }, async () => {
    const write = (backend: string) =>
      runDeno({
        driver: 'swiftshader',
        flags,
        args: ['examples/deno/main.ts', '--backend', backend, '--max-tokens', '6'],
        cwd: root,
      });
    const reference = await write('cpu');
    expect(reference).toMatch(/^ROMEO:\n.{6}/);
    expect(await write('webgpu')).toBe(reference);
  });
});
