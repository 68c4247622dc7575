import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { type WebGpuOptions, webgpu } from '../src/index.js';

describe('options of WebGPU from a configuration', () => {
  it.each([
    [{ dawnFlag: [] }, '"dawnFlag" is unknown; known are gpu, '],
    [{ dawnFlags: 'backend=null' }, '"dawnFlags" must be a list of texts'],
    [{ without: ['fp16'] }, '"without" must be a list of shader-f16, subgroups'],
    [{ powerPreference: 'fast' }, '"powerPreference" must be high-performance or low-power'],
    [{ limits: { maxBindings: '8' } }, '"limits" must be numbers by name'],
  ])('are refused: %o', async (options, message) => {
    await expect(openDevice(webgpu(options as unknown as WebGpuOptions))).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining(message),
    });
  });
});
