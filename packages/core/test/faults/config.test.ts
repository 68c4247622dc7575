import backendCpu, { cpu } from '@wick/backend-cpu';
import {
  type BackendLoader,
  type BackendModule,
  checkConfig,
  configuredBackend,
  type DeviceOptions,
  openDevice,
  WickError,
} from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf, errorOf, rejection } from '../helpers/errors.js';

const installed: Readonly<Record<string, BackendModule>> = {
  cpu: { default: backendCpu },
  gpu: {
    default: () => ({
      name: 'gpu',
      open: async () => {
        throw new WickError('BACKEND_UNAVAILABLE', 'no adapter');
      },
    }),
  },
  broken: { default: 'not a factory' as never },
};

/** Knows the packages above; notes what was asked for. */
function loader(asked: string[] = []): BackendLoader {
  return async (name) => {
    asked.push(name);
    if (name in installed) return installed[name];
    throw Object.assign(new Error(`Cannot find package '@wick/backend-${name}' imported from /a/file.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  };
}

describe('configuredBackend', () => {
  it('opens the CPU backend where nothing is configured', async () => {
    const backend = await configuredBackend({}, loader()).open();
    expect(backend.info.name).toBe('cpu');
    backend.destroy();
  });

  it('opens the first of a list that can be opened, and asks for no other', async () => {
    const asked: string[] = [];
    const backend = await configuredBackend({ backend: ['gpu', 'cpu', 'metal'] }, loader(asked)).open();
    expect(backend.info.name).toBe('cpu');
    expect(asked).toEqual(['gpu', 'cpu']);
    backend.destroy();
  });

  it('falls back to nothing that was not asked for', async () => {
    const asked: string[] = [];
    expect(await rejection(configuredBackend({ backend: 'gpu' }, loader(asked)).open())).toBe(
      'BACKEND_UNAVAILABLE',
    );
    expect(asked).toEqual(['gpu']);
  });

  it('says of each that was tried why it failed', async () => {
    const names = ['gpu', 'metal', 'broken', '../../etc/passwd'];
    const error = await errorOf(configuredBackend({ backend: names }, loader()).open());
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    for (const word of [...names, 'no adapter', 'not installed']) expect(error.message).toContain(word);
    expect(error.message).not.toContain('/a/file.js');
  });

  it('says why it passed over one, and falls back to the next', async () => {
    const skipped: string[] = [];
    const config = { backend: ['gpu', 'cpu', 'metal'] };
    const backend = await configuredBackend(config, loader(), (reason) => skipped.push(reason)).open();
    expect(skipped).toEqual(['gpu: no adapter']);
    backend.destroy();
  });

  it('does not fall back where an option of one that is tried is wrong', async () => {
    const wrong = new WickError('BAD_CONFIG', 'the options of gpu: "x" is no option');
    const load = async (name: string) => ({
      default: () => ({ name, open: () => Promise.reject(wrong) }),
    });
    const skipped: string[] = [];
    const factory = configuredBackend({ backend: ['gpu', 'cpu'] }, load, (reason) => skipped.push(reason));
    await expect(factory.open()).rejects.toBe(wrong);
    expect(skipped).toEqual([]);
  });

  it('says why a package that is there cannot be loaded', async () => {
    const load = () =>
      Promise.reject(new SyntaxError('Unexpected token in its third file\nimported from here'));
    const error = await errorOf(configuredBackend({ backend: 'gpu' }, load).open());
    expect(error.message).toContain('cannot be loaded: Unexpected token in its third file');
    expect(error.message).not.toContain('imported from here');
  });

  it('loads no package by a name that is none', async () => {
    const asked: string[] = [];
    for (const backend of ['', 'CPU', '../cpu', 'a b', '@evil/cpu', 'cpu/../../x']) {
      expect(await rejection(configuredBackend({ backend }, loader(asked)).open())).toBe(
        'BACKEND_UNAVAILABLE',
      );
    }
    expect(await rejection(configuredBackend({ backend: [] }, loader(asked)).open())).toBe(
      'BACKEND_UNAVAILABLE',
    );
    expect(asked).toEqual([]);
  });

  it('hands each factory its own options', async () => {
    const config = { backends: { cpu: { limits: { maxBindings: 3 } }, gpu: { limits: { maxBindings: 5 } } } };
    const backend = await configuredBackend(config, loader()).open();
    expect(backend.limits.maxBindings).toBe(3);
    backend.destroy();
  });
});

describe('checkConfig', () => {
  it('takes every key that there is', () => {
    const config = {
      backend: ['webgpu', 'cpu'],
      backends: { cpu: { anything: 1 } },
      device: {
        pooling: true,
        maxPooledBytes: 0,
        trace: false,
        planning: {
          lookAhead: 8,
          placement: 'tight',
          barriersEverywhere: false,
          bounds: { maxCommandsPerSubmission: 1, maxBytesPerSubmission: 2, maxWorkPerSubmission: 3 },
        },
      },
    };
    expect(checkConfig(config, 'wick.config.json')).toBe(config);
    expect(checkConfig({}, 'wick.config.json')).toEqual({});
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['an array', []],
    ['a string', 'cpu'],
    ['an unknown key', { backnd: 'cpu' }],
    ['a key of Object.prototype', { toString: {} }],
    ['a backend that is a number', { backend: 1 }],
    ['no backend', { backend: [] }],
    ['a list with something else in it', { backend: ['cpu', null] }],
    ['options that are a list', { backends: [] }],
    ['options of a backend that are no object', { backends: { cpu: 'fast' } }],
    ['a device that is true', { device: true }],
    ['an unknown option', { device: { pool: true } }],
    ['an unknown planning option', { device: { planning: { lookahead: 8 } } }],
    ['an unknown bound', { device: { planning: { bounds: { maxCommands: 8 } } } }],
  ])('refuses %s', (_, config) => {
    expect(codeOf(() => checkConfig(config, 'wick.config.json'))).toBe('BAD_CONFIG');
  });

  it('names the file and the key', () => {
    const error = (() => {
      try {
        return checkConfig({ device: { planning: { lookAhead: 'far' } } }, 'my.json');
      } catch (thrown) {
        return thrown as WickError;
      }
    })();
    expect(error).toMatchObject({ code: 'BAD_CONFIG', label: 'my.json' });
    expect((error as WickError).message).toContain('device.planning.lookAhead');
  });
});

describe('openDevice', () => {
  it.each<[string, object]>([
    ['a look-ahead of NaN', { planning: { lookAhead: Number.NaN } }],
    ['a look-ahead of 0', { planning: { lookAhead: 0 } }],
    ['a placement that there is not', { planning: { placement: 'loose' } }],
    ['a bound of NaN', { planning: { bounds: { maxBytesPerSubmission: Number.NaN } } }],
    ['a bound of 0', { planning: { bounds: { maxCommandsPerSubmission: 0 } } }],
    ['a pool of NaN bytes', { maxPooledBytes: Number.NaN }],
    ['a pool of less than nothing', { maxPooledBytes: -1 }],
    ['pooling that is a string', { pooling: 'no' }],
    ['a leak handler that cannot be called', { onLeak: true }],
  ])('refuses %s before it opens anything', async (_, options) => {
    let opened = 0;
    const factory = {
      name: 'cpu',
      open: () =>
        cpu()
          .open()
          .finally(() => opened++),
    };
    expect(await rejection(openDevice(factory, options as DeviceOptions))).toBe('BAD_CONFIG');
    expect(opened).toBe(0);
  });

  it('takes options that are left undefined', async () => {
    const device = await openDevice(cpu(), { trace: undefined, planning: { lookAhead: undefined } } as never);
    await device.close();
  });
});
