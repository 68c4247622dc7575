/** What a stranger does: a backend outside of the workspace, over archives of the published packages. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../../../scripts/lib/process.mjs';
import { Archives, StrangersFolder } from './archives.js';

const fixture = fileURLToPath(new URL('fixture', import.meta.url));

const archives = new Archives();
beforeAll(() => archives.pack('core', 'tensor', 'backend-cpu', 'conformance'), 480_000);
afterAll(() => archives.remove());

describe("a stranger's backend", () => {
  const folder = new StrangersFolder();
  afterAll(() => folder.remove());

  beforeAll(async () => {
    await folder.install(archives, 'core', 'tensor', 'backend-cpu', 'conformance');
    folder.add(fixture);
  }, 200_000);

  it('gets packages that hold no sources', () => {
    for (const name of ['core', 'tensor', 'backend-cpu', 'conformance']) {
      const installed = join(folder.path, 'node_modules/@wick', name);
      expect(existsSync(join(installed, 'dist/index.js'))).toBe(true);
      expect(existsSync(join(installed, 'src'))).toBe(false);
      expect(readFileSync(join(installed, 'package.json'), 'utf8')).not.toContain('workspace:');
    }
  });

  it('joins the suite in one file of at most 60 lines', () => {
    const lines = readFileSync(join(fixture, 'src/conformance.ts'), 'utf8').split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  it('compiles against the packages, and passes the whole suite', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(await folder.node(tsc, '-p', '.')).toMatchObject({ ok: true, output: '' });
    const { ok, output } = await folder.node('dist/conformance.js');
    expect(ok, output).toBe(true);
    expect(output).toContain('left out: this machine has no dice');
    expect(output).toMatch(/tally on Node .*: \d{4} passed, 0 failed,/);
  }, 400_000);

  it('fails, naming the case, once a kernel is broken', async () => {
    const file = join(folder.path, 'dist/kernels.js');
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.replace('out[i] = -x[i]', 'out[i] = x[i]'));
    const { ok, output } = await folder.node('dist/conformance.js', 'unary, float32: neg');
    writeFileSync(file, whole);
    expect(ok).toBe(false);
    expect(output).toContain('failed: kernel unary, float32: neg, 4096 elements, whole workgroups');
  }, 200_000);
});

describe('core, tensor and one backend alone', () => {
  const folder = new StrangersFolder();
  afterAll(() => folder.remove());

  beforeAll(async () => {
    await folder.install(archives, 'core', 'tensor', 'backend-cpu');
    folder.add(fixture);
    writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ name: 'program', type: 'module' }));
  }, 200_000);

  const configure = (config: unknown) =>
    writeFileSync(join(folder.path, 'wick.config.json'), JSON.stringify(config));

  it('compute', async () => {
    configure({ backend: 'cpu' });
    expect(await folder.node('swap.mjs')).toMatchObject({ ok: true, output: 'cpu: 7 10 15 22\n' });
  }, 200_000);

  it('say so when the configuration names a backend that is not installed', async () => {
    configure({ backend: 'webgpu' });
    const { ok, output } = await folder.node('swap.mjs');
    expect(ok).toBe(false);
    expect(output).toContain('BACKEND_UNAVAILABLE');
    configure({ backend: ['webgpu', 'cpu'] });
    expect(await folder.node('swap.mjs')).toMatchObject({ ok: true, output: 'cpu: 7 10 15 22\n' });
  }, 200_000);

  it("swap the backend by one word of the configuration, also for a stranger's", async () => {
    const project = {
      extends: './tsconfig.json',
      compilerOptions: { outDir: 'node_modules/wick-backend-tally/dist' },
      include: ['src/backend.ts'],
    };
    writeFileSync(join(folder.path, 'tsconfig.backend.json'), JSON.stringify(project));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(await folder.node(tsc, '-p', 'tsconfig.backend.json')).toMatchObject({ ok: true, output: '' });
    folder.add(join(fixture, 'package.json'), 'node_modules/wick-backend-tally/package.json');
    configure({ backend: 'tally' });
    expect(await folder.node('swap.mjs')).toMatchObject({ ok: true, output: 'tally: 7 10 15 22\n' });
    configure({ backend: 'cpu' });
    expect(await folder.node('swap.mjs')).toMatchObject({ ok: true, output: 'cpu: 7 10 15 22\n' });
  }, 200_000);
});
