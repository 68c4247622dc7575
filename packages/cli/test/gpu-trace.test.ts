import { type Device, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { startGpuTrace } from '../src/gpu-trace.js';
import { capturedIo } from './captured-io.js';

function device(capture: Partial<Pick<Device, 'startCapture' | 'stopCapture'>>): Device {
  const none = async () => {};
  return { startCapture: none, stopCapture: none, ...capture } as unknown as Device;
}

describe('--gputrace', () => {
  it('captures into an absolute path, and says when it is on and when it is written', async () => {
    const calls: string[] = [];
    const io = capturedIo();
    const startCapture = async (path: string) => void calls.push(`start ${path}`);
    const stopCapture = async () => void calls.push('stop');
    const end = await startGpuTrace(io, device({ startCapture, stopCapture }), 'run.gputrace');
    expect(calls).toEqual([`start ${io.cwd}/run.gputrace`]);
    expect(io.stderr.text).toContain('a GPU capture is on, to run.gputrace');
    await end();
    expect(calls.at(-1)).toBe('stop');
    expect(io.stderr.text).toContain('GPU trace written to run.gputrace');
  });

  it('says why there is none, and goes on', async () => {
    const io = capturedIo();
    const startCapture = async () => {
      throw new WickError('CAPTURE_FAILED', 'it exists already');
    };
    const end = await startGpuTrace(io, device({ startCapture }), 'run.gputrace');
    await end();
    expect(io.stderr.text).toBe('wick: no GPU trace: it exists already\n');
  });

  it('says that a trace is not complete', async () => {
    const io = capturedIo();
    const stopCapture = async () => {
      throw new WickError('DEVICE_LOST', 'the device was lost');
    };
    await (await startGpuTrace(io, device({ stopCapture }), 'run.gputrace'))();
    expect(io.stderr.text).toContain('not complete: the device was lost');
  });
});
