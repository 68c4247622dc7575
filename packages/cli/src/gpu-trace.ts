/** The GPU trace of `--gputrace`: a capture of everything that a command submits. It never stops the work. */

import { resolve } from 'node:path';
import type { Device } from '@wick/core';
import { reasonOf } from './failure.js';
import type { Io } from './io.js';

/** Starts a capture and says so, or says why there is none. Returns how to end it. */
export async function startGpuTrace(io: Io, device: Device, file: string): Promise<() => Promise<void>> {
  const say = (text: string) => io.stderr.write(`wick: ${text}\n`);
  try {
    await device.startCapture(resolve(io.cwd, file));
  } catch (thrown) {
    await say(`no GPU trace: ${reasonOf(thrown)}`);
    return async () => {};
  }
  await say(`a GPU capture is on, to ${file}: everything is slower`);
  return async () => {
    try {
      await device.stopCapture();
      await say(`GPU trace written to ${file}`);
    } catch (thrown) {
      await say(`the GPU trace is not complete: ${reasonOf(thrown)}`);
    }
  };
}
