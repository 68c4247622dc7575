/** `wick imagine` with the embedded model, at sizes that take no time. */

import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng, encodePng, SCHEDULER_NAMES } from '@wick/models';
import { embeddedModelPath } from '@wick/models/node';
import { describe, expect, it } from 'vitest';
import { SCHEDULERS } from '../src/args/picture-commands.js';
import { main } from '../src/main.js';
import { type CapturedIoOptions, capturedIo, linesOf } from './captured-io.js';
import { copiedModel, spoilWeight } from './picture-models.js';

const SMALL = ['--width', '8', '--height', '8', '--steps', '2'];
const NAN = 0x7e00;

async function call(args: readonly string[], options: CapturedIoOptions = {}) {
  const io = capturedIo(options);
  const exitCode = await main(['imagine', ...args], io);
  const file = (name: string) => readFileSync(join(io.cwd, name));
  return {
    io,
    exitCode,
    stdout: io.stdout.text,
    stderr: io.stderr.text,
    file,
    files: () => readdirSync(io.cwd),
  };
}

describe('wick imagine', () => {
  it('draws a picture, says its name, and draws the same one again', async () => {
    const args = ['a green star', '--out', 'star.png', '--guidance', '4', '--seed', '7', ...SMALL];
    const { exitCode, stdout, stderr, file, files } = await call(args);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'star.png\n', stderr: '' });
    expect(files()).toEqual(['star.png']);
    const picture = decodePng(file('star.png'));
    expect([picture.width, picture.height]).toEqual([8, 8]);
    expect((await call(args)).file('star.png')).toEqual(file('star.png'));
    const other = await call(args.with(args.indexOf('7'), '8'));
    expect(other.file('star.png')).not.toEqual(file('star.png'));
  });

  it('numbers the pictures of several prompts, and draws each as if it were alone', async () => {
    const batch = '\uFEFFa red ring\r\n\n  a blue heart\n';
    const args = ['a green star', '--batch', '-', '--seed', '4', ...SMALL];
    const { stdout, file } = await call([...args, '--out', 'x.png'], { input: batch });
    expect(linesOf(stdout)).toEqual(['x-1.png', 'x-2.png', 'x-3.png']);
    const alone = await call(['a blue heart', '--out', 'x.png', '--seed', '6', ...SMALL]);
    expect(alone.file('x.png')).toEqual(file('x-3.png'));
    const together = await call([...args, '--out', 'x.png', '--batch-size', '2'], { input: batch });
    for (const name of linesOf(stdout)) expect(together.file(name)).toEqual(file(name));
  });

  it('shows what the picture looks like so far', async () => {
    const args = [
      'a ring',
      '--out',
      'r.png',
      '--width',
      '8',
      '--height',
      '8',
      '--steps',
      '5',
      '--preview',
      '2',
    ];
    const { stdout, file, files } = await call(args);
    expect(linesOf(stdout)).toEqual(['r.step-2.png', 'r.step-4.png', 'r.png']);
    expect(files().toSorted()).toEqual(['r.png', 'r.step-2.png', 'r.step-4.png']);
    expect(file('r.step-2.png')).not.toEqual(file('r.png'));
  });

  it('begins with a picture', async () => {
    const io = capturedIo();
    const data = Uint8Array.from({ length: 3 * 8 * 8 }, (_, i) => (i * 37) % 256);
    writeFileSync(join(io.cwd, 'in.png'), encodePng({ width: 8, height: 8, data }));
    const draw = (...more: string[]) =>
      call(['a ring', '--image', 'in.png', '--steps', '4', '--out', 'out.png', ...more], { cwd: io.cwd });
    expect(await draw('--strength', '0.5').then(({ exitCode }) => exitCode)).toBe(0);
    const weak = readFileSync(join(io.cwd, 'out.png'));
    await draw('--strength', '1');
    expect(readFileSync(join(io.cwd, 'out.png'))).not.toEqual(weak);
  });

  it('cuts a prompt that is too long, and says so once', async () => {
    const long = 'a green star '.repeat(9);
    const { exitCode, stderr } = await call([long, long, '--out', 'x.png', ...SMALL]);
    expect(exitCode).toBe(0);
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/^wick: the prompt has 29 tokens, and 20 fit: "a green star.*" is not drawn$/),
    ]);
  });

  it('has figures and a trace of the work', async () => {
    const args = ['a ring', '--out', 'x.png', '--stats', '--trace', 'trace.json', '--progress', ...SMALL];
    const { stderr, file } = await call(args);
    const lines = linesOf(stderr);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      model: { path: 'shapes', parameters: 4_120_019 },
      options: { steps: 2, guidance: 4 },
      pictures: 1,
      end: 'done',
      replays: 2,
      liveBuffers: 0,
    });
    expect(lines).toContain('drawing picture  [####################]  2 of 2');
    expect(JSON.parse(file('trace.json').toString()).traceEvents.length).toBeGreaterThan(20);
  });

  it('says on a terminal how long it will take', async () => {
    const { stderr } = await call(['a ring', '--out', 'x.png', '--steps', '9'].concat(SMALL.slice(0, 4)), {
      isTTY: true,
    });
    expect(stderr).toMatch(/drawing picture {2}\[#+ +\] {2}\d of 9, \d+ s left/);
    expect(stderr.endsWith('\r\x1b[K')).toBe(true);
  });

  it('offers the schedulers that there are', () => {
    expect(SCHEDULERS).toEqual(SCHEDULER_NAMES);
  });

  it.each(SCHEDULERS)('draws with %s', async (name) => {
    const { exitCode, files } = await call(['a ring', '--out', 'x.png', '--scheduler', name, ...SMALL]);
    expect({ exitCode, files: files() }).toEqual({ exitCode: 0, files: ['x.png'] });
  });
});

describe('an interrupt', () => {
  it('leaves whole pictures only', async () => {
    const io = capturedIo({ isTTY: true });
    const { write } = io.stderr;
    io.stderr.write = async (text) => {
      await write.call(io.stderr, text);
      if (/picture 2 of 3 .* 1 of 2/.test(text)) io.interrupt();
    };
    // Slow enough that the line is drawn for every step.
    const size = ['--width', '32', '--height', '32', '--steps', '2'];
    const exitCode = await main(
      ['imagine', 'a ring', 'a star', 'a cross', '--out', 'x.png', '--stats', ...size],
      io,
    );
    expect(exitCode).toBe(130);
    expect(readdirSync(io.cwd)).toEqual(['x-1.png']);
    const last = io.stderr.text.split('{').slice(1).join('{');
    expect(JSON.parse(`{${last}`)).toMatchObject({ pictures: 1, end: 'cancelled' });
  });
});

describe('what cannot be drawn', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no prompt', [], /there is no prompt/],
    ['an empty prompt', [' '], /a prompt is empty/],
    ['a batch that is not there', ['--batch', 'no.txt'], /no.txt cannot be read: there is no such file/],
    ['a size that is no multiple', ['a', '--width', '66'], /the width is 66, not a multiple of 4/],
    ['a size of nothing', ['a', '--height', '0'], /the height is 0/],
    [
      'an unknown scheduler',
      ['a', '--scheduler', 'heun'],
      /Allowed choices are ddim, pndm, euler, euler-anc/,
    ],
    ['no steps', ['a', '--steps', '0'], /0 is no number of steps/],
    ['too many steps', ['a', '--steps', '1001'], /1001 is no number of steps from 1 to 1000/],
    ['a guidance that is none', ['a', '--guidance', 'much'], /'much' is invalid/],
    ['a strength without a picture', ['a', '--strength', '0.5'], /--image, which is missing/],
    ['a picture that is missing', ['a', '--image', 'no.png'], /no.png cannot be read/],
    ['a corrupt picture', ['a', '--image', 'bad.png'], /bad.png: this is not a PNG file/],
    ['a picture of another size', ['a', '--image', 'odd.png'], /the width is 6, not a multiple of 4/],
    ['no pictures at once', ['a', '--batch-size', '0'], /--batch-size is 0/],
    ['previews of no steps', ['a', '--preview', '0'], /--preview is 0/],
    ['a model that is not there', ['a', '--model', 'none'], /there is no model at .*none/],
    ['a folder that is no model', ['a', '--model', '.'], /is no picture model: it has no model_index.json/],
    ['a checkpoint without a tokenizer', ['a', '--model', 'bad.png'], /holds no tokenizer/],
    ['a prior without a model', ['a', '--prior', '.'], /--prior and --tokenizer belong to a --model/],
    [
      'an option of another model',
      ['a', '--decoder-steps', '3'],
      /Stable Diffusion has no steps of a decoder/,
    ],
    ['an unknown precision', ['a', '--precision', 'int8'], /Allowed choices are float32, float16/],
  ])('%s is one line, and exit code 2', async (_, args, message) => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'bad.png'), 'no picture');
    writeFileSync(join(io.cwd, 'odd.png'), encodePng({ width: 6, height: 8, data: new Uint8Array(144) }));
    const { exitCode, stdout, stderr, files } = await call([...args, '--out', 'x.png'], { cwd: io.cwd });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^wick: [^\n]+ \[[A-Z_]+\]\n$/);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(files().toSorted()).toEqual(['bad.png', 'odd.png']);
  });

  it.each<[string, string, RegExp]>([
    ['no PNG', 'x.jpg', /x.jpg is no name of a PNG file/],
    ['a suffix alone', '.png', /is no name of a PNG file/],
    ['a folder that is not there', 'no/x.png', /no\/x.png cannot be written: its folder: there is no such/],
  ])('%s is refused before the work: %s', async (_, out, message) => {
    const { exitCode, stderr } = await call(['a', '--out', out, '--model', '/no/model']);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'weights that are cut off',
      (at) => truncateSync(`${at}/unet/diffusion_pytorch_model.safetensors`, 9000),
      /BAD_FILE/,
    ],
    [
      'weights that are missing',
      (at) => rmSync(`${at}/vae/diffusion_pytorch_model.safetensors`),
      /vae.*BAD_FILE/,
    ],
    [
      'the weights of another network',
      (at) =>
        copyFileSync(`${at}/text_encoder/model.safetensors`, `${at}/vae/diffusion_pytorch_model.safetensors`),
      /vae.*missing.*BAD_MODEL/,
    ],
    [
      'a pipeline that Wick does not have',
      (at) => writeFileSync(`${at}/model_index.json`, '{"_class_name":"FluxPipeline"}'),
      /is a FluxPipeline; Wick draws with/,
    ],
    [
      'a scheduler that Wick does not have',
      (at) =>
        writeFileSync(`${at}/scheduler/scheduler_config.json`, '{"_class_name":"HeunDiscreteScheduler"}'),
      /HeunDiscreteScheduler; Wick has ddim/,
    ],
  ])('%s are one line, and exit code 2', async (_, spoil, message) => {
    const model = copiedModel();
    spoil(model);
    const { exitCode, stderr, files } = await call(['a ring', '--model', model, '--out', 'x.png', ...SMALL]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^wick: [^\n]+ \[[A-Z_]+\]\n$/);
    expect({ exitCode, files: files() }).toEqual({ exitCode: 2, files: [] });
  });

  it.each([
    [
      'unet',
      'mid_block.resnets.0.conv1.weight',
      NAN,
      'unet/mid_block.resnets.0.conv1, which is not a number',
    ],
    // All weights -60000, so that every value of the picture lies far below black.
    ['vae', 'decoder.conv_out.bias', 0xfb53, 'picture 1 of 1 is all black; .* vae/brightness'],
  ])(
    'an unusable picture names the first layer that went wrong, and is no file: %s',
    async (part, name, half, what) => {
      const model = copiedModel();
      spoilWeight(join(model, part, 'diffusion_pytorch_model.safetensors'), name, half);
      const { exitCode, stdout, stderr, files } = await call([
        'a ring',
        '--model',
        model,
        '--out',
        'x.png',
        ...SMALL,
      ]);
      expect(stderr).toMatch(new RegExp(`^wick: .*${what}.* \\[BAD_OUTPUT\\]\n$`));
      expect({ exitCode, stdout, files: files() }).toEqual({ exitCode: 1, stdout: '', files: [] });
    },
  );

  it('is refused by a copy of the embedded model in the same words', async () => {
    const { stderr } = await call([
      'a',
      '--model',
      embeddedModelPath('shapes'),
      '--out',
      'x.png',
      '--width',
      '6',
    ]);
    expect(stderr).toMatch(/the width is 6, not a multiple of 4 \[INVALID_ARGUMENT\]/);
  });
});
