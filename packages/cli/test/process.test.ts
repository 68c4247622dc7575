/** The command as a process of its own: exit codes, signals, pipes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedModelPath } from '@wick/models/node';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src/', import.meta.url));
const model = ['llama', '--model', embeddedModelPath('shakespeare'), '--prompt', 'ROMEO:\n'];
let folder = '';

// The sources become one file, so that these tests need no build of the workspace, nor a fresh one.
beforeAll(async () => {
  folder = mkdtempSync(join(source, '..', 'node_modules', '.cli-'));
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@wick/source'] },
    ssr: { noExternal: true, target: 'node', resolve: { conditions: ['@wick/source'] } },
    build: {
      ssr: join(source, 'bin.ts'),
      outDir: folder,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'bin.mjs', format: 'esm' } },
    },
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(folder, 'bin.mjs'), ...args], { cwd: folder });
}

/** Everything that a process says, and how it ends. */
function outcomeOf(child: ChildProcess) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  return new Promise<typeof said & { code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ ...said, code, signal }));
  });
}

/** Resolves when a process has written that much to standard output. */
function written(child: ChildProcess, length: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    child.stdout?.on('data', (chunk: string | Buffer) => {
      seen += chunk.length;
      if (seen >= length) resolve();
    });
  });
}

describe('the process', () => {
  it('ends with 0 and the text', async () => {
    const outcome = await outcomeOf(start('run', ...model, '--greedy', '--max-tokens', '8'));
    expect(outcome).toEqual({ stdout: 'ROMEO:\nThe sea ', stderr: '', code: 0, signal: null });
  });

  it('ends with 2 for what the user can put right', async () => {
    const outcome = await outcomeOf(start('no-such-command'));
    const stderr = "wick: unknown command 'no-such-command' [INVALID_ARGUMENT]\n";
    expect(outcome).toEqual({ stdout: '', stderr, code: 2, signal: null });
  });

  it('reads the prompt from a pipe', async () => {
    const child = start('run', ...model.slice(0, 3), '--prompt', '-', '--greedy', '--max-tokens', '2');
    child.stdin?.end('ROMEO:\n');
    expect((await outcomeOf(child)).stdout).toBe('ROMEO:\nTh');
  });

  it('keeps the text when it is interrupted, writes the trace, and ends with 130', async () => {
    const child = start('run', ...model, '--max-tokens', '249', '--stats', '--trace', 'trace.json');
    const outcome = outcomeOf(child);
    await written(child, 12);
    child.kill('SIGINT');
    const { stdout, stderr, code, signal } = await outcome;
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(stdout).toMatch(/^ROMEO:\n.{5}/s);
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ end: 'cancelled' });
    expect(JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')).traceEvents.length).toBeGreaterThan(
      10,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('.trace'))).toEqual([]);
  });

  it('leaves no file when a drawing is interrupted', async () => {
    const shapes = [
      '--model',
      embeddedModelPath('shapes'),
      '--width',
      '16',
      '--height',
      '16',
      '--steps',
      '999',
    ];
    const child = start('imagine', 'a red ring', ...shapes, '--out', 'ring.png', '--preview', '2');
    const outcome = outcomeOf(child);
    // The name of the first preview: the drawing is under way.
    await written(child, 1);
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, signal: null, stderr: '' });
    const files = readdirSync(folder).filter((name) => name.includes('ring'));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) expect(name).toMatch(/^ring\.step-\d{3}\.png$/);
  }, 120_000);

  it('ends with 143 on SIGTERM', async () => {
    const child = start('run', ...model, '--max-tokens', '249');
    const outcome = outcomeOf(child);
    await written(child, 8);
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ code: 143, stderr: '' });
  });

  it('is quiet when the reader of its output goes away', async () => {
    const child = start('run', ...model, '--max-tokens', '249');
    const outcome = outcomeOf(child);
    await written(child, 8);
    child.stdout?.destroy();
    expect(await outcome).toMatchObject({ code: 0, stderr: '' });
  });
});
