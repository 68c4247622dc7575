import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { openDiffusionFolder, StableDiffusionPipeline } from '@wick/models';
import { embeddedModelPath, fileFolder } from '@wick/models/node';
import type { Browser, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missingChromium, openChromium } from '../../../testing/chromium.js';
import { describeOnHost } from '../../../testing/hosts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const configFile = join(root, 'vite.config.ts');
const artefacts = join(root, 'artefacts');
/** Whole networks on a software GPU. */
const PATIENCE = 240_000;

describeOnHost(missingChromium(), 'the page in Chromium', () => {
  let outDir: string;
  let server: PreviewServer;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    mkdirSync(artefacts, { recursive: true });
    outDir = mkdtempSync(join(tmpdir(), 'wick-page-'));
    await build({ configFile, logLevel: 'error', build: { outDir } });
    server = await preview({ configFile, logLevel: 'error', build: { outDir }, preview: { port: 0 } });
    url = server.resolvedUrls?.local[0] ?? '';
    browser = await openChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(outDir, { recursive: true, force: true });
  });

  const open = async (query = '', inside = browser): Promise<Page> => {
    const page = await inside.newPage({ viewport: { width: 1100, height: 1250 } });
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`${url}${query}`);
    return page;
  };
  const ready = (page: Page) => page.waitForSelector('body[data-state="ready"]');
  const write = async (page: Page, tokens: number): Promise<string | null> => {
    await page.fill('#prompt', 'ROMEO:\n');
    await page.fill('#tokens', String(tokens));
    await page.fill('#temperature', '0');
    await page.click('#write-start');
    await ready(page);
    expect(await page.isVisible('#notice'), (await page.textContent('#notice-text')) ?? '').toBe(false);
    return page.textContent('#text');
  };
  const reference = (): string => {
    const path = join(embeddedModelPath('shakespeare'), 'reference.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { greedy_200: string }).greedy_200;
  };

  it(
    'writes on WebGPU what the reference writes, with the figures, the plan and a trace',
    async () => {
      const page = await open();
      await ready(page);
      expect(await page.textContent('#device')).toMatch(/^webgpu: /);
      const text = (await write(page, 20)) ?? '';
      expect(text).toHaveLength('ROMEO:\n'.length + 20);
      expect(reference().startsWith(text) || reference().startsWith(text.slice(7))).toBe(true);
      const figures = (await page.textContent('#figures')) ?? '';
      for (const word of ['dispatches', 'barriers', 'submissions', 'peak memory'])
        expect(figures).toContain(word);
      expect(await page.locator('#plan rect').count()).toBeGreaterThan(100);
      await page.screenshot({ path: join(artefacts, 'page-webgpu.png'), fullPage: true });
      const download = page.waitForEvent('download');
      await page.click('#trace');
      const trace = JSON.parse(await readFile(await (await download).path(), 'utf8')) as {
        traceEvents: object[];
      };
      expect(trace.traceEvents.length).toBeGreaterThan(100);
      await page.close();
    },
    PATIENCE,
  );

  it(
    'opens the device again after the GPU process crashed',
    async () => {
      const page = await open();
      await ready(page);
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.crashGpuProcess').catch(() => {});
      await page.waitForSelector('#notice:not([hidden])');
      expect(await page.textContent('#notice-text')).toContain('lost');
      await page.click('#notice-action');
      await ready(page);
      expect(await write(page, 3)).toHaveLength('ROMEO:\n'.length + 3);
      await page.close();
    },
    PATIENCE,
  );

  it(
    'draws on the CPU what Node draws there, and can be stopped',
    async () => {
      const page = await open('?backend=cpu');
      await ready(page);
      expect(await page.textContent('#device')).toMatch(/^cpu: /);
      await page.fill('#steps', '4');
      await page.click('#draw-start');
      await page.waitForSelector('#picture[data-step="4/4"]');
      await ready(page);
      const drawn = await page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        const { data } = canvas?.getContext('2d')?.getImageData(0, 0, 64, 64) ?? { data: [] };
        return Array.from(data);
      });
      await page.screenshot({ path: join(artefacts, 'page-cpu.png'), fullPage: true });

      await using device = await openDevice(cpu());
      const files = await openDiffusionFolder(fileFolder(embeddedModelPath('shapes')));
      using pipeline = await StableDiffusionPipeline.load(device, files);
      const prompts = ['a green star left of a red heart'];
      const [want] = await pipeline.draw({ prompts, steps: 4, guidance: 4, seed: 7 });
      const rgb = drawn.filter((_, i) => i % 4 !== 3);
      // Two versions of one JavaScript engine may round exp and sin differently.
      const differs = rgb.filter((value, i) => Math.abs(value - (want?.data[i] ?? 0)) > 2);
      expect(rgb).toHaveLength(64 * 64 * 3);
      expect(differs).toEqual([]);

      await page.fill('#steps', '100');
      await page.click('#draw-start');
      await page.waitForSelector('#picture[data-step="3/100"]');
      await page.click('#draw .stop');
      await ready(page);
      expect(await page.getAttribute('#picture', 'data-step')).not.toBe('100/100');
      await page.close();
    },
    PATIENCE,
  );

  it(
    'says so where WebGPU is missing, and offers the CPU',
    async () => {
      const without = await openChromium([]);
      try {
        const page = await open('', without);
        await page.waitForSelector('#notice:not([hidden])');
        expect(await page.textContent('#notice-text')).toContain('WebGPU is not available here');
        await page.click('#notice-action');
        await ready(page);
        expect(await page.textContent('#device')).toMatch(/^cpu: /);
        expect(await write(page, 4)).toHaveLength('ROMEO:\n'.length + 4);
      } finally {
        await without.close();
      }
    },
    PATIENCE,
  );
});
