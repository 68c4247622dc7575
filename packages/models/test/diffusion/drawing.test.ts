import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import {
  type Device,
  type DeviceStats,
  NORMAL_TABLE,
  normalFromBits,
  openDevice,
  philox4x32,
  philoxKey,
  WickError,
} from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DrawOptions,
  type DrawWarning,
  decodePng,
  openDiffusionFolder,
  type Progress,
  psnr,
  type RgbImage,
  StableDiffusionPipeline,
  seededNoise,
} from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

const folder = embeddedModelPath('shapes');
const CAPTION = 'a small red circle above a large blue square on a white background';

describe('drawing with the shapes model', { timeout: 120_000 }, () => {
  let device: Device;
  let pipeline: StableDiffusionPipeline;
  let buffers: DeviceStats['buffers'];

  beforeAll(async () => {
    device = await openDevice(cpu());
    pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(fileFolder(folder)));
    buffers = device.stats().buffers;
  });

  afterAll(async () => {
    pipeline?.[Symbol.dispose]();
    await device?.close();
  });

  const draw = (options: Partial<DrawOptions> = {}): Promise<RgbImage[]> =>
    pipeline.draw({ prompts: ['a green star'], steps: 2, guidance: 4, ...options });

  it('begins with the same noise everywhere: Philox through the quantiles of the core', async () => {
    using normals = seededNoise(device, [7, 8], [4, 3, 5], { step: 3 });
    const noise = await normals.data();
    const words = new Uint32Array(4);
    const size = 4 * 3 * 5;
    for (const [i, seed] of [7, 8].entries()) {
      for (let at = 0; at < size; at++) {
        const block = Math.floor(at / 4) + (2 + 3) * Math.ceil(size / 4);
        philox4x32([block, 0, 0, 0], philoxKey(seed), words);
        expect(noise[i * size + at]).toBe(Math.fround(normalFromBits(words[at % 4], NORMAL_TABLE)));
      }
    }
  });

  it('gives a picture of a batch the same bytes as when it is drawn alone', async () => {
    const batch = await draw({ prompts: [CAPTION, 'a green star'], seed: 41, scheduler: 'euler-ancestral' });
    const [alone] = await draw({ prompts: ['a green star'], seed: 42, scheduler: 'euler-ancestral' });
    expect(batch[1]).toEqual(alone);
    expect(batch[0].data).not.toEqual(alone.data);
  });

  it('draws alike with Euler and DDIM, from a model that predicts velocities', async () => {
    const options = { prompts: [CAPTION], steps: 12, seed: 3 };
    const [want] = await draw(options);
    const [got] = await draw({ ...options, scheduler: 'euler' });
    expect(psnr(want, got)).toBeGreaterThan(40);
    // Fresh noise leads elsewhere, but not far.
    const [other] = await draw({ ...options, scheduler: 'euler-ancestral' });
    expect(psnr(want, other)).toBeGreaterThan(12);
  });

  it('looks at the negative prompt with guidance alone', async () => {
    const [plain] = await draw();
    const [away] = await draw({ negativePrompt: 'a red heart' });
    expect(away.data).not.toEqual(plain.data);
    const [one] = await draw({ guidance: 1 });
    const [same] = await draw({ guidance: 1, negativePrompt: 'a red heart' });
    expect(same).toEqual(one);
  });

  it('draws in sizes of its own choice', async () => {
    const [picture] = await draw({ width: 76, height: 52, steps: 1 });
    expect(picture).toMatchObject({ width: 76, height: 52 });
  });

  it('begins with a picture, and stays the closer to it the weaker it is', async () => {
    const image = decodePng(readFileSync(`${folder}/reference-0.png`));
    const options = { prompts: [CAPTION, CAPTION], steps: 10, image, seed: 5 };
    const [weak, other] = await draw({ ...options, strength: 0.2 });
    const [strong] = await draw({ ...options, strength: 0.9 });
    expect(psnr(image, weak)).toBeGreaterThan(20);
    expect(psnr(image, weak)).toBeGreaterThan(psnr(image, strong));
    const [alone] = await draw({ ...options, prompts: [CAPTION], seed: 6, strength: 0.2 });
    expect(other).toEqual(alone);
  });

  it('cuts a prompt that is too long, and says so', async () => {
    const warnings: DrawWarning[] = [];
    const words = 'a green star '.repeat(9);
    await draw({ prompts: [words], steps: 1, onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([
      {
        kind: 'prompt-cut',
        prompt: words,
        tokens: 29,
        limit: 20,
        dropped: expect.stringMatching(/^a green star( a green star)*$/),
      },
    ]);
  });

  it('reports each step, and shows what the picture looks like so far', async () => {
    const progress: Progress[] = [];
    const previews: RgbImage[] = [];
    const [picture] = await draw({
      steps: 3,
      onProgress: (event) => progress.push(event),
      onStep: async (report) => {
        expect(report.latents.shape).toEqual([1, 4, 16, 16]);
        previews.push(...(await report.preview()));
      },
    });
    expect(progress.map(({ kind, loaded, total }) => [kind, loaded, total])).toEqual(
      [0, 1, 2, 3].map((loaded) => ['step', loaded, 3]),
    );
    expect(previews).toHaveLength(3);
    expect(previews[2]).toEqual(picture);
    expect(previews[0].data).not.toEqual(picture.data);
  });

  it('ends when it is cancelled, and when a listener throws', async () => {
    const controller = new AbortController();
    const steps: number[] = [];
    const onStep = ({ step }: { step: number }) => {
      steps.push(step);
      controller.abort();
    };
    await failure('CANCELLED', () => draw({ steps: 9, signal: controller.signal, onStep }));
    expect(steps).toEqual([1]);
    await failure('CANCELLED', () => draw({ signal: controller.signal }));
    const fail = (): never => {
      throw new WickError('INVALID_STATE', 'enough');
    };
    await failure('INVALID_STATE', () => draw({ onStep: fail }));
  });

  it('plans one step for all, and gives everything back', async () => {
    const before = device.stats().work;
    await draw({ steps: 4, scheduler: 'pndm' });
    await device.idle();
    const after = device.stats().work;
    expect(after.replays - before.replays).toBe(5);
    // The text, the noise, the step and its decoding, and a window with the zeros of a history.
    expect(after.plans - before.plans).toBe(5);
    expect(device.stats().buffers).toEqual(buffers);
  });

  it('refuses what cannot be drawn', async () => {
    const image = { width: 60, height: 64, data: new Uint8Array(3 * 60 * 64) };
    const bad: Partial<DrawOptions>[] = [
      { prompts: [] },
      { width: 66 },
      { height: 0 },
      { seed: -1 },
      { seed: 2 ** 53 },
      { guidance: Number.NaN },
      { steps: 0 },
      { steps: 2.5 },
      { image, width: 64 },
      { image, strength: 0 },
      { noise: new Float32Array(5) },
      { prompts: [[1, 2, 3]] },
    ];
    for (const options of bad) {
      const { message } = await failure('INVALID_ARGUMENT', () => draw(options));
      expect(message).not.toContain('undefined');
    }
  });
});
