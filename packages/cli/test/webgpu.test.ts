import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeUnless, requireShared, shared } from '#shared';
import { REQUIRE_HOSTS } from '../../../testing/hosts.js';
import { missingVulkan } from '../../../testing/webgpu.js';
import { main } from '../src/main.js';
import { type CapturedIo, capturedIo } from './captured-io.js';

const noVulkan = missingVulkan();

/** Why the reference is not compared to its end. */
const WHOLE_TEXT =
  shared('models/shakespeare-char/reference.json') === undefined
    ? '../shared is missing'
    : REQUIRE_HOSTS
      ? undefined
      : 'it takes a minute on a software adapter; WICK_REQUIRE_HOSTS=1 runs it';

const PROMPT = ['--prompt', 'ROMEO:\n', '--greedy', '--max-tokens', '6'];

/** The last line of standard error: the figures of a run. */
function statsOf(io: CapturedIo): unknown {
  return JSON.parse(io.stderr.text.trimEnd().split('\n').at(-1) ?? '');
}

describeUnless(noVulkan, 'wick on WebGPU', () => {
  // Compiling some fifty shaders for a CPU takes most of it.
  it('writes the text of the CPU, and shows what it compiles before', { timeout: 300_000 }, async () => {
    const [reference, io] = [capturedIo({ isTTY: true }), capturedIo({ isTTY: true })];
    expect(await main(['run', 'shakespeare', ...PROMPT], reference)).toBe(0);
    expect(reference.stdout.text.length).toBeGreaterThan('ROMEO:\n'.length);
    expect(await main(['run', 'shakespeare', ...PROMPT, '--backend', 'webgpu', '--stats'], io)).toBe(0);
    expect(io.stdout.text).toBe(reference.stdout.text);
    expect(io.stderr.text).toMatch(/compiling [a-z_]+ +\[#* *\] +\d+ of \d+/);
    // Text is written where the line of progress was, so that is erased.
    const [progress, figures] = io.stderr.text.split('\r\x1b[K').slice(-2);
    expect(progress).toMatch(/^(compiling|reading)/);
    expect(JSON.parse(figures)).toMatchObject({ backend: { name: 'webgpu' } });
  });

  it('is chosen by a word of the configuration', { timeout: 60_000 }, async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'wick.config.json'), '{ "backend": "webgpu" }');
    expect(await main(['run', 'shakespeare', '--max-tokens', '0', '--stats'], io)).toBe(0);
    expect(statsOf(io)).toMatchObject({ backend: { name: 'webgpu' } });
  });

  it('has its adapter and driver in wick devices', async () => {
    const io = capturedIo();
    expect(await main(['devices', '--json'], io)).toBe(0);
    const reports: { name: string }[] = JSON.parse(io.stdout.text);
    expect(reports.find(({ name }) => name === 'webgpu')).toMatchObject({
      state: 'available',
      info: { device: expect.stringMatching(/./), driver: expect.stringMatching(/./) },
    });
  });
});

describeUnless(noVulkan ?? WHOLE_TEXT, 'wick on WebGPU, to the end', () => {
  it('writes the 200 tokens of the reference', { timeout: 1_200_000 }, async () => {
    const file = requireShared('models/shakespeare-char/reference.json');
    const { prompt, greedy_200 }: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
    const io = capturedIo();
    const options = ['--prompt', String(prompt), '--greedy', '--max-tokens', '200', '--backend', 'webgpu'];
    expect(await main(['run', 'shakespeare', ...options], io)).toBe(0);
    expect(io.stdout.text).toBe(greedy_200);
  });
});

describe('wick devices without an adapter', () => {
  it('says why', async () => {
    const io = capturedIo();
    const options = { backends: { webgpu: { dawnFlags: ['backend=opengl'] } } };
    writeFileSync(join(io.cwd, 'wick.config.json'), JSON.stringify(options));
    expect(await main(['devices', '--json'], io)).toBe(0);
    const reports: { name: string; reason?: string }[] = JSON.parse(io.stdout.text);
    const webgpu = reports.find(({ name }) => name === 'webgpu');
    expect(webgpu).toMatchObject({ state: 'unavailable', reason: expect.stringMatching(/no adapter/) });
  });
});
