/** The embedded model through the whole stack. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedModelPath } from '@wick/models/node';
import { describe, expect, it } from 'vitest';
import { main } from '../src/main.js';
import { capturedIo, linesOf } from './captured-io.js';

const folder = embeddedModelPath('shakespeare');
const reference: { readonly greedy_200: string } = JSON.parse(
  readFileSync(join(folder, 'reference.json'), 'utf8'),
);

async function call(...args: string[]) {
  const io = capturedIo();
  const exitCode = await main(args, io);
  return { exitCode, stdout: io.stdout.text, stderr: io.stderr.text };
}

describe('the embedded model', () => {
  it('continues its reference text, byte for byte', async () => {
    const prompt = ['--prompt', 'ROMEO:\n', '--greedy', '--max-tokens', '200'];
    const { exitCode, stdout, stderr } = await call(
      'run',
      'shakespeare',
      '--backend',
      'cpu',
      ...prompt,
      '--stats',
    );
    expect(stdout).toBe(reference.greedy_200);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stderr)).toMatchObject({
      tokens: { prompt: 7, generated: 200 },
      end: 'length',
      replays: 199,
    });
  }, 120_000);

  it('is a Llama folder like any other', async () => {
    const args = ['--prompt', 'ROMEO:\n', '--greedy', '--max-tokens', '20'];
    const { stdout } = await call('run', 'llama', '--model', folder, ...args);
    expect(stdout).toBe(reference.greedy_200.slice(0, 'ROMEO:\n'.length + 20));
  });

  it('repeats itself, and says something else with another seed', async () => {
    const text = async (seed: string) =>
      (await call('run', 'shakespeare', '--max-tokens', '12', '--seed', seed)).stdout;
    expect(await text('1')).toBe(await text('1'));
    expect(await text('1')).not.toBe(await text('2'));
  });

  it('is planned: prompt and decode', async () => {
    const { exitCode, stdout } = await call('plan', 'shakespeare');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^shakespeare on cpu .*: 2,374,272 parameters, a prompt of 7 tokens\n/);
    expect(stdout).toMatch(/\n\nprompt: \d+ commands .*\n\npass 0 /s);
    expect(stdout).toMatch(/\n\ndecode: \d+ commands .*\n\npass 0 /s);
    expect(stdout).toMatch(/- barrier \d+ +cache\.0\.keys .*write_rows writes, #\d+ .*attention reads/);
    expect(stdout).toMatch(/\.\.\. epochs \d+ to \d+: as \d+ to \d+/);
    expect(linesOf(stdout).filter((line) => line.length > 100)).toEqual([]);
  });

  it('shows its figures in the demo', async () => {
    const { exitCode, stdout, stderr } = await call('demo');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^ROMEO:\n/);
    for (const name of [
      'dispatches',
      'passes',
      'barriers',
      'submissions',
      'plans',
      'peak memory',
      'time',
      'speed',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +[\\d.,]+`, 'm'));
    }
    expect(stdout).toMatch(/planned; .* unplanned/);
    expect(stdout).toMatch(/\nNext:\n {2}wick run shakespeare /);
  }, 120_000);
});
