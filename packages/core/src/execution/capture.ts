/** Captures begin and end between submissions: what is pending goes first, on both sides. */

import type { Backend, Capture } from '../backend.js';
import { toWickError, WickError } from '../errors.js';

/** Flushes, waits until everything is `settled`, then starts or stops. Rejects `CAPTURE_FAILED`. */
export async function withCapture(
  device: { flush(): void },
  { capture, info }: Backend,
  settled: () => Promise<void>,
  act: (capture: Capture) => Promise<void>,
): Promise<void> {
  if (capture === undefined) {
    throw new WickError('CAPTURE_FAILED', `backend ${info.name} on ${info.device} cannot capture`);
  }
  device.flush();
  await settled();
  try {
    await act(capture);
  } catch (thrown) {
    throw toWickError(thrown, 'CAPTURE_FAILED', 'capture');
  }
}
