import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu } from '@wick/backend-cpu';
import type { BackendFactory, BackendLoader } from '@wick/core';
import { parseSafetensors } from '@wick/models';
import { describe, expect, it } from 'vitest';
import type { DiffFlags } from '../src/args/options.js';
import { diff } from '../src/commands/diff.js';
import { capturedIo, linesOf } from './captured-io.js';
import { fakeModel } from './fake-model.js';

/** A backend whose kernel `name` writes 7 to element 2 of its output. */
function broken(name: string): BackendFactory {
  return {
    name: 'broken',
    async open() {
      const backend = await cpu().open();
      const prepare = backend.prepare.bind(backend);
      backend.prepare = (request) => {
        const { kernel } = request;
        if (kernel.name !== name) return prepare(request);
        return prepare({
          ...request,
          kernel: {
            ...kernel,
            reference(call) {
              kernel.reference?.(call);
              call.bindings.out[2] = 7;
            },
          },
        });
      };
      return backend;
    },
  };
}

const load: BackendLoader = async (name) => ({
  default: () => (name === 'broken' ? broken('test.scale') : cpu()),
});

const flags: DiffFlags = { backend: ['cpu', 'webgpu'], maxTokens: 2 };

function run(io: ReturnType<typeof capturedIo>, more: Partial<DiffFlags> = {}, choose = fakeModel()) {
  return diff(io, 'run', 'fake', { ...flags, ...more }, { load, choose });
}

describe('wick diff', () => {
  it.each([false, true])('says that backends agree, and what was compared (bisect: %s)', async (bisect) => {
    const io = capturedIo();
    expect(await run(io, { bisect })).toBe(0);
    expect(io.stderr.text).toBe('');
    expect(io.stdout.text).toMatch(
      /^cpu and webgpu agree: \d+ commands of \d+ submissions compared; all are/,
    );
  });

  it.each([false, true])(
    'names the kernel that is broken, and saves its inputs (bisect: %s)',
    async (bisect) => {
      const io = capturedIo();
      expect(await run(io, { backend: ['cpu', 'broken'], bisect, save: 'saved' })).toBe(1);
      const lines = linesOf(io.stdout.text);
      expect(lines[0]).toBe('cpu and broken differ first in command 2, "test.scale"');
      expect(lines[1]).toBe('  kernel test.scale, float32, grid 4 x 1 x 1, in submission 1 "prompt #0"');
      expect(lines[2]).toBe('  out[2] is 6 on cpu, 7 on broken');
      expect(lines[3]).toBe('  1 of 4 elements differ beyond tolerance');
      expect(lines[4]).toBe('  inputs and outputs are in saved');
      const command: unknown = JSON.parse(readFileSync(join(io.cwd, 'saved', 'command.json'), 'utf8'));
      expect(command).toMatchObject({ kernel: 'test.scale', params: { n: 4 }, grid: [4, 1, 1], index: 2 });
      const file = await parseSafetensors(readFileSync(join(io.cwd, 'saved', 'tensors.safetensors')));
      const read = async (name: string) => [
        ...new Float32Array(Uint8Array.from(await file.read(name)).buffer),
      ];
      expect(await read('input.x')).toEqual([1, 2, 3, 4]);
      expect(await read('first.out')).toEqual([2, 4, 6, 8]);
      expect(await read('second.out')).toEqual([2, 4, 7, 8]);
    },
  );

  it('stops at an interrupt', async () => {
    const io = capturedIo();
    const choose = fakeModel({ beforeToken: (number) => (number === 1 ? io.interrupt() : undefined) });
    expect(await run(io, {}, choose)).toBe(130);
    expect(io.stdout.text).toContain('agree');
    expect(choose.disposed()).toBe(1);
  });

  it('wants two backends, and a command that it knows', async () => {
    const io = capturedIo();
    await expect(run(io, { backend: ['cpu'] })).rejects.toThrow('two backends');
    await expect(run(io, { backend: undefined })).rejects.toThrow('two backends');
    await expect(diff(io, 'imagine', 'x', flags, { load })).rejects.toThrow('"imagine"');
  });

  it('passes on what is no difference', async () => {
    const io = capturedIo();
    const choose = fakeModel({
      whileLoading: () => {
        throw new Error('no such file');
      },
    });
    await expect(run(io, {}, choose)).rejects.toThrow('no such file');
    expect(io.listeners).toBe(0);
  });
});
