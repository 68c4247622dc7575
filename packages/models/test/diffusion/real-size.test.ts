/** A checkpoint of the real size: every parameter of Stable Diffusion 1.5 in float16, all of them zero. */

import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@wick/backend-cpu';
import { nullBackend } from '@wick/conformance';
import { type BackendFactory, openDevice } from '@wick/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeShared, describeUnless, requireShared } from '#shared';
import { openDiffusionCheckpoint, type Progress, StableDiffusionPipeline } from '../../src/index.js';
import { fileSource } from '../../src/node.js';
import { NOT_LONG } from '../helpers/reference.js';
import { originalName } from './original-layout.js';
import { readJsonFile } from './reference.js';

const SHAPES = 'fixtures/sd15-shapes';
const GIB = 2 ** 30;

interface Published {
  readonly models: Readonly<Record<string, { readonly tensors: Readonly<Record<string, number[]>> }>>;
}

/** Writes a safetensors file whose elements are a hole in the file, so it takes no room on the disk. */
async function writeSparse(path: string): Promise<number> {
  const { models } = readJsonFile(requireShared(`${SHAPES}/shapes.json`)) as Published;
  const header: Record<string, object> = {};
  let end = 0;
  for (const [part, model] of [
    ['text_encoder', 'sd15.text_encoder'],
    ['unet', 'sd15.unet'],
    ['vae', 'sd15.vae'],
  ] as const) {
    for (const [name, shape] of Object.entries(models[model].tensors)) {
      const convolution = part === 'vae' && /attentions\.0\.to_.*weight$/.test(name);
      const begin = end;
      end += 2 * shape.reduce((product, size) => product * size, 1);
      header[originalName(part, name, 4)] = {
        dtype: 'F16',
        shape: convolution ? [...shape, 1, 1] : shape,
        data_offsets: [begin, end],
      };
    }
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, 'w');
  await file.write(Buffer.concat([length, text]));
  await file.truncate(8 + text.length + end);
  await file.close();
  return end / 2;
}

describeShared('a checkpoint of the size of Stable Diffusion 1.5', () => {
  let folder = '';
  let parameters = 0;
  const path = () => join(folder, 'sd15.safetensors');
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wick-sd15-'));
    parameters = await writeSparse(path());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Loads all of it; returns the most memory that the process had, in bytes. */
  const load = async (backend: BackendFactory): Promise<number> => {
    await using device = await openDevice(backend);
    let most = 0;
    let read = 0;
    const onProgress = ({ loaded, total }: Progress) => {
      most = Math.max(most, process.memoryUsage().rss);
      if (loaded === total) read += loaded;
    };
    const files = await openDiffusionCheckpoint(await fileSource(path()));
    using pipeline = await StableDiffusionPipeline.load(device, files, { onProgress });
    expect(pipeline.parameterCount).toBe(parameters);
    expect(read).toBe(2 * parameters);
    expect(device.stats().buffers.bytes).toBeGreaterThanOrEqual(2 * parameters);
    return Math.max(most, process.memoryUsage().rss);
  };

  it('loads as it is, without keeping on the host what it has read', async () => {
    expect(await load(nullBackend())).toBeLessThan(3 * GIB);
  }, 300_000);

  describeUnless(NOT_LONG, 'on the CPU', () => {
    it('loads in float16 within a fraction of 24 GB', async () => {
      const most = await load(cpu());
      console.log(
        `SD 1.5 in float16 on the CPU backend: at most ${(most / GIB).toFixed(2)} GiB in the process`,
      );
      expect(most).toBeLessThan(6 * GIB);
    }, 600_000);
  });
}, [SHAPES]);
