import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';

// Inside the package, one folder below its top, so that the program finds the addon as `dist` does.
const folder = fileURLToPath(new URL('../build/', import.meta.url));
const name = `process-end-${process.pid}.mjs`;
const program = folder + name;

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end; `watch` sees what it says meanwhile. A hang ends with the test's timeout. */
function run(
  how: string,
  signal: AbortSignal,
  watch: (out: string, child: ChildProcess) => void = () => {},
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, how], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
      watch(out, child);
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

describeUnless(missingMetal(), 'a process that ends while Metal works', () => {
  beforeAll(async () => {
    await build({
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@wick/source'] },
      ssr: { noExternal: true, resolve: { conditions: ['@wick/source'] } },
      build: {
        ssr: fileURLToPath(new URL('./process/program.ts', import.meta.url)),
        outDir: folder,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: name } },
      },
    });
  }, 60_000);
  afterAll(() => rm(program, { force: true }));

  it.for([
    ['naturally', 'natural', 3],
    ['by process.exit', 'exit', 4],
    ['after a worker with work in flight was terminated', 'worker', 5],
  ] as const)('%s keeps its exit code', { timeout: 60_000 }, async ([, how, code], { signal }) => {
    const ending = await run(how, signal);
    expect(ending, ending.err).toMatchObject({ code, signal: null });
    expect(ending.out).toContain('in flight: true');
  });

  it('by an uncaught throw ends with 1 and that message', { timeout: 60_000 }, async ({ signal }) => {
    const ending = await run('throw', signal);
    expect(ending, ending.err).toMatchObject({ code: 1, signal: null });
    expect(ending.err).toContain('uncaught on purpose');
  });

  it('by SIGINT ends by it', { timeout: 60_000 }, async ({ signal }) => {
    let sent = false;
    const ending = await run('wait', signal, (out, child) => {
      if (!sent && out.includes('ready')) sent = child.kill('SIGINT');
    });
    expect(ending, ending.err).toMatchObject({ code: null, signal: 'SIGINT' });
  });

  it('and destroys its device first ends well', { timeout: 60_000 }, async ({ signal }) => {
    const ending = await run('destroy', signal);
    expect(ending, ending.err).toMatchObject({ code: 6, out: 'read: DEVICE_LOST\n' });
  });
});
