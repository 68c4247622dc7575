import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu } from '@wick/backend-cpu';
import { type BackendLoader, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { isNotInstalled, loadBackend } from '../src/backends.js';
import { devices } from '../src/commands/devices.js';
import { capturedIo } from './captured-io.js';

/** `webgpu` is not there, `metal` is broken. */
const load: BackendLoader = async (name) => {
  if (name === 'cpu') return { default: cpu };
  if (name === 'webgpu')
    throw new Error(`Cannot find package '@wick/backend-webgpu' imported from /x/cli.js`);
  return {
    default: () => ({
      name,
      open: async () => {
        throw new WickError('BACKEND_UNAVAILABLE', 'this machine is no Mac');
      },
    }),
  };
};

describe('wick devices', () => {
  it('says what can be opened and why the rest cannot', async () => {
    const io = capturedIo();
    expect(await devices(io, {}, load)).toBe(0);
    expect(io.stderr.text).toBe('');
    expect(io.stdout.text).toMatchInlineSnapshot(`
      "backend  state          device                driver                  for
      cpu      available      JavaScript, 1 thread  reference loops (Wick)  every machine; the reference
      webgpu   not installed                                                Vulkan, Metal or Direct3D 12
      metal    unavailable                                                  macOS

      cpu     float16, explicit barriers, explicit waits, copy/fill/upload/download in compute passes,
              bindings by range, no subgroups, no timestamps
              2 GiB an allocation, 2 GiB a binding, 16 bindings a dispatch,
              binding offsets in steps of 16 B, 256 commands a submission, 4 submissions in flight
      webgpu  to install it: npm install @wick/backend-webgpu
      metal   this machine is no Mac
      "
    `);
  });

  it('prints JSON', async () => {
    const io = capturedIo();
    expect(await devices(io, { json: true }, load)).toBe(0);
    expect(JSON.parse(io.stdout.text)).toMatchObject([
      { name: 'cpu', state: 'available', info: { name: 'cpu' }, limits: {}, capabilities: { float16: true } },
      { name: 'webgpu', package: '@wick/backend-webgpu', state: 'not installed' },
      { name: 'metal', state: 'unavailable', reason: 'this machine is no Mac' },
    ]);
  });

  it('does not take a broken package for a missing one', async () => {
    const io = capturedIo();
    const broken: BackendLoader = async (name) => {
      throw new Error(
        `Cannot find package 'dawn' imported from /x/node_modules/@wick/backend-${name}/index.js`,
      );
    };
    await devices(io, { json: true }, broken);
    const states = JSON.parse(io.stdout.text).map(({ state }: { state: string }) => state);
    expect(states).toEqual(['unavailable', 'unavailable', 'unavailable']);
  });

  it('lists what the configuration names too, with its options', async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'wick.config.json'), '{ "backends": { "abacus": { "rods": 13 } } }');
    const given: unknown[] = [];
    const noting: BackendLoader = async (name) => ({
      default(options?: unknown) {
        given.push([name, options]);
        return cpu();
      },
    });
    await devices(io, { json: true }, noting);
    expect(given).toEqual([
      ['cpu', undefined],
      ['webgpu', undefined],
      ['metal', undefined],
      ['abacus', { rods: 13 }],
    ]);
  });
});

describe('loadBackend', () => {
  it('finds the package of the CPU backend', async () => {
    expect((await loadBackend('cpu')).default().name).toBe('cpu');
  });

  it('fails where there is none, which is known', async () => {
    const thrown = await loadBackend('abacus').catch((error: unknown) => error);
    expect(isNotInstalled(thrown, 'abacus')).toBe(true);
    expect(isNotInstalled(thrown, 'webgpu')).toBe(false);
  });
});
