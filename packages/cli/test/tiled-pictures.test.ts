/** `wick reconstruct` and `wick upscale`. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cropImage, decodePng, encodePng, psnr, type RgbImage } from '@wick/models';
import { defaultUpscaleModelPath } from '@wick/models/node';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { main } from '../src/main.js';
import { capturedIo, linesOf } from './captured-io.js';

/** Calls a command in a folder that holds `in.png`. */
async function call(picture: RgbImage | string, command: string, ...args: string[]) {
  const io = capturedIo();
  writeFileSync(join(io.cwd, 'in.png'), typeof picture === 'string' ? picture : encodePng(picture));
  const exitCode = await main([command, 'in.png', '--out', 'out.png', ...args], io);
  return {
    exitCode,
    stdout: io.stdout.text,
    stderr: io.stderr.text,
    files: readdirSync(io.cwd),
    result: () => decodePng(readFileSync(join(io.cwd, 'out.png'))),
  };
}

const GRADIENT: RgbImage = {
  width: 10,
  height: 6,
  data: Uint8Array.from({ length: 180 }, (_, i) => 40 + (i % 30) * 5),
};

describe('wick upscale', () => {
  it('enlarges a picture, tile by tile, to the same as at once', async () => {
    const whole = await call(GRADIENT, 'upscale');
    expect(whole).toMatchObject({ exitCode: 0, stdout: 'out.png\n', stderr: '' });
    expect([whole.result().width, whole.result().height]).toEqual([20, 12]);
    const tiled = await call(
      GRADIENT,
      'upscale',
      '--tile',
      '5',
      '--progress',
      '--stats',
      '--model',
      defaultUpscaleModelPath(),
    );
    expect(tiled.result()).toEqual(whole.result());
    const lines = linesOf(tiled.stderr);
    expect(lines).toContain('tiles of in.png  [####################]  4 of 4');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ pictures: 1, end: 'done', options: { tile: 5 } });
  }, 60_000);

  it.each<[string, RgbImage | string, string[], RegExp]>([
    ['a corrupt picture', '\x89PNG\r\n\x1a\nrest', [], /in.png.*PNG.* \[BAD_FILE\]/],
    ['a text', 'hello', [], /in.png.*PNG.* \[BAD_FILE\]/],
    ['tiles of nothing', GRADIENT, ['--tile', '0'], /tiles of 0 pixels .* \[INVALID_ARGUMENT\]/],
    ['a folder without a model', GRADIENT, ['--model', '.'], /model.json.* \[BAD_FILE\]/],
  ])('refuses %s in one line', async (_, picture, args, message) => {
    const { exitCode, stderr, files } = await call(picture, 'upscale', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^wick: [^\n]+\n$/);
    expect({ exitCode, files }).toEqual({ exitCode: 2, files: ['in.png'] });
  });

  it('is interrupted between tiles, and leaves nothing', async () => {
    const io = capturedIo({ isTTY: true });
    writeFileSync(join(io.cwd, 'in.png'), encodePng(GRADIENT));
    io.stderr.write = async (text) => {
      if (text.includes('tiles of')) io.interrupt();
    };
    expect(await main(['upscale', 'in.png', '--out', 'out.png', '--tile', '4'], io)).toBe(130);
    expect(readdirSync(io.cwd)).toEqual(['in.png']);
  });
});

describe('wick reconstruct', () => {
  it('needs a model', async () => {
    expect((await call(GRADIENT, 'reconstruct')).stderr).toMatch(/required option '--model <folder>'/);
    const { exitCode, stderr } = await call(GRADIENT, 'reconstruct', '--model', '.');
    expect(stderr).toMatch(/holds no tiny autoencoder: there is none of taef2_encoder.safetensors/);
    expect(exitCode).toBe(2);
  });

  describeShared('with TAEF2', () => {
    it('gives a part of a photograph back at 29 dB', async () => {
      const photograph = decodePng(readFileSync(requireShared('images/astronaut.png')));
      const part = cropImage(photograph, { left: 224, top: 100, width: 64, height: 64 });
      const { exitCode, stdout, result } = await call(
        part,
        'reconstruct',
        '--model',
        requireShared('models/taef2'),
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'out.png\n' });
      expect(psnr(result(), part)).toBeGreaterThan(29);
    }, 60_000);
  }, ['models/taef2', 'images']);
});
