/** Captures: what is submitted between start and stop, as a `.gputrace` document that Xcode opens. */

import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { type Capture, WickError } from '@wick/core';
import { type NativeDevice, nativeError } from '../native.js';

/** The variable that has to be set when the process begins, for Metal to allow captures. */
const ENABLED = 'MTL_CAPTURE_ENABLED';

/** Captures of a device. Every refusal is `CAPTURE_FAILED` with its reason. */
export function captureOf(device: NativeDevice): Capture {
  let running: string | undefined;
  return {
    async start(path) {
      if (running !== undefined) throw refused(path, `a capture into ${running} is running`);
      checkPath(path);
      try {
        device.startCapture(path);
      } catch (thrown) {
        // Metal says only that it does not support the destination; this is nearly always why.
        if (process.env[ENABLED] !== '1') {
          throw refused(path, `${ENABLED}=1 was not in the environment when this process began`, thrown);
        }
        throw nativeError(thrown, `cannot capture into ${path}`);
      }
      running = path;
    },
    async stop() {
      if (running === undefined) throw new WickError('CAPTURE_FAILED', 'no capture is running');
      running = undefined;
      device.stopCapture();
    },
  };
}

function checkPath(path: string): void {
  if (!isAbsolute(path)) throw refused(path, 'the path has to be absolute');
  if (!path.endsWith('.gputrace')) throw refused(path, 'the name has to end with .gputrace');
  if (existsSync(path)) throw refused(path, 'it exists already, and Metal does not overwrite captures');
  if (!existsSync(dirname(path))) throw refused(path, `there is no folder ${dirname(path)}`);
}

function refused(path: string, reason: string, cause?: unknown): WickError {
  return new WickError('CAPTURE_FAILED', `cannot capture into ${path}: ${reason}`, { cause });
}
