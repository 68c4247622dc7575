/** What commands that work on a device have in common: configuration, device, trace, interrupts. */

import { configuredBackend, type Device, openDevice, type WickConfig } from '@wick/core';
import type { DeviceFlags } from './args/options.js';
import { loadBackend } from './backends.js';
import { readConfig } from './config.js';
import { EXIT, inOneLine, isWickError } from './failure.js';
import { startGpuTrace } from './gpu-trace.js';
import type { Io } from './io.js';
import { announceTrace, writeTrace } from './trace-file.js';

export interface SessionOptions extends DeviceFlags {
  /** File for the trace; without one tracing is off. */
  readonly trace?: string | undefined;
  /** File for a capture of the GPU's work. */
  readonly gputrace?: string | undefined;
}

export interface Session {
  readonly device: Device;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds that opening took. */
  readonly openedIn: number;
}

/**
 * Opens the configured device, lets `work` use it, writes the trace however `work` ended, and closes the
 * device. Returns the exit code: that of the interrupt if there was one.
 */
export async function withSession(
  io: Io,
  options: SessionOptions,
  work: (session: Session) => Promise<void>,
): Promise<number> {
  const found = await readConfig(io, options.config);
  const config: WickConfig = options.backend === undefined ? found : { ...found, backend: options.backend };
  const tracePath = options.trace === undefined ? undefined : await announceTrace(io, options.trace);
  const begun = performance.now();
  const skipped: string[] = [];
  const factory = configuredBackend(config, loadBackend, (reason) => skipped.push(reason));
  const device = await openDevice(factory, {
    ...config.device,
    ...(tracePath === undefined ? {} : { trace: true }),
  });
  const openedIn = performance.now() - begun;
  // Whoever asked for several backends, in order, and gets another than the first shall know why.
  for (const reason of skipped) {
    await io.stderr.write(`wick: running on ${device.info.name}, because of ${inOneLine(reason)}\n`);
  }

  const interrupt = new AbortController();
  let exitCode: number = EXIT.ok;
  const stop = io.onInterrupt((code) => {
    exitCode = code;
    interrupt.abort();
  });
  let failure: { readonly thrown: unknown } | undefined;
  const attempt = (step: Promise<void>) =>
    step.catch((thrown: unknown) => {
      const cancelled = interrupt.signal.aborted && isWickError(thrown) && thrown.code === 'CANCELLED';
      if (!cancelled) failure ??= { thrown };
    });
  const endGpuTrace =
    options.gputrace === undefined ? undefined : await startGpuTrace(io, device, options.gputrace);
  await attempt(work({ device, signal: interrupt.signal, openedIn }));
  await endGpuTrace?.();
  if (tracePath !== undefined) await attempt(writeTrace(io, tracePath, device.trace));
  stop();
  // Whoever cancelled, or failed, does not wait for the rest.
  device.destroy();
  if (failure !== undefined) throw failure.thrown;
  return exitCode;
}
