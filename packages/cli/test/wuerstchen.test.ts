import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng } from '@wick/models';
import { embeddedModelPath } from '@wick/models/node';
import { expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { main } from '../src/main.js';
import { capturedIo, linesOf, temporaryFolder } from './captured-io.js';

const TINY = 'fixtures/wuerstchen-tiny';
const DRAW = ['--width', '150', '--height', '150', '--steps', '2', '--decoder-steps', '2', '--seed', '3'];

describeShared('wick imagine with a Würstchen', () => {
  /** The tiny model with the tokenizer of the embedded one, whose tokens it has too. */
  const model = (): string => {
    const folder = join(temporaryFolder(), 'model');
    cpSync(requireShared(TINY), folder, { recursive: true, filter: (path) => !path.includes('reference') });
    for (const part of ['prior_pipeline', 'decoder_pipeline'])
      cpSync(join(embeddedModelPath('shapes'), 'tokenizer'), join(folder, part, 'tokenizer'), {
        recursive: true,
      });
    return folder;
  };
  const call = async (...args: string[]) => {
    const io = capturedIo();
    const exitCode = await main(['imagine', 'a red ring', '--out', 'x.png', ...args], io);
    return { exitCode, stdout: io.stdout.text, stderr: io.stderr.text, cwd: io.cwd };
  };

  it('draws with the folder of both stages, and with those of each', async () => {
    const folder = model();
    const one = await call('--model', folder, ...DRAW, '--preview', '1', '--progress');
    expect(one.exitCode).toBe(0);
    expect(linesOf(one.stdout)).toEqual(['x.step-1.png', 'x.png']);
    expect(one.stderr).toMatch(/drawing picture .* 2 of 2/);
    const { width, height } = decodePng(readFileSync(join(one.cwd, 'x.png')));
    expect([width, height]).toEqual([64, 64]);
    const stages = ['--model', join(folder, 'decoder_pipeline'), '--prior', join(folder, 'prior_pipeline')];
    const two = await call(...stages, ...DRAW);
    expect(readFileSync(join(two.cwd, 'x.png'))).toEqual(readFileSync(join(one.cwd, 'x.png')));
  }, 120_000);

  it('says what it does not have, and what is missing', async () => {
    const folder = model();
    const line = async (...args: string[]) => (await call(...args)).stderr;
    expect(await line('--model', join(folder, 'decoder_pipeline'))).toMatch(/its prior has to be given too/);
    expect(await line('--model', join(folder, 'prior_pipeline'))).toMatch(/its decoder has to be given too/);
    expect(await line('--model', folder, '--scheduler', 'ddim')).toMatch(/Würstchen has no other scheduler/);
    expect(await line('--model', folder, '--width', '42')).toMatch(/the decoder cannot halve often enough/);
    expect(await line('--model', folder, '--steps', '0')).toMatch(/0 is no number of steps from 1 to 1000/);
  }, 120_000);
}, [TINY]);
