/** A page that computes, survives the loss of its device, and computes again. */

import webgpu from '@wick/backend-webgpu';
import { type Buffer, type Device, kernels, openDevice, WickError } from '@wick/core';

const SIZE = 64;

/** What became of each step, as codes and numbers. */
export interface LossReport {
  readonly before: readonly number[];
  readonly reason: string;
  /** Codes of what was pending at the loss, and of what was tried after it. */
  readonly pending: string;
  readonly read: string;
  readonly write: string;
  readonly after: readonly number[];
}

export interface LossPage {
  wickBegin?: () => Promise<readonly number[]>;
  /** To be called before the loss; resolves after it. */
  wickSurvive?: () => Promise<LossReport>;
}

const page = globalThis as LossPage;
let device: Device;
let before: readonly number[] = [];

page.wickBegin = async () => {
  device = await openDevice(webgpu());
  before = await compute(device);
  return before;
};

page.wickSurvive = async () => {
  const kept = upload(device);
  await device.idle();
  // Work that never ends by itself, so that the loss meets some that is pending.
  const pending = keepBusy(device, kept);
  const { reason } = await device.lost;
  const read = await codeOf(async () => device.read(kept));
  const write = await codeOf(async () => device.write(kept, new Float32Array(SIZE)));
  const again = await device.reopen();
  const after = await compute(again);
  await again.close();
  return { before, reason, pending: await pending, read, write, after };
};

async function keepBusy(on: Device, buffer: Buffer): Promise<string> {
  return codeOf(async () => {
    for (;;) await on.read(double(on, buffer));
  });
}

async function compute(on: Device): Promise<readonly number[]> {
  const doubled = double(on, upload(on));
  const bytes = await on.read(doubled);
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, 4)];
}

function upload(on: Device): Buffer {
  const x = on.createBuffer({ byteLength: 4 * SIZE, label: 'x' });
  on.write(
    x,
    Float32Array.from({ length: SIZE }, (_, i) => i),
  );
  return x;
}

function double(on: Device, x: Buffer): Buffer {
  const out = on.createBuffer({ byteLength: 4 * SIZE, label: 'doubled' });
  on.dispatch(kernels.binaryScalar, {
    bindings: { x, out },
    constants: { op: 'mul', reversed: false },
    params: { size: SIZE, scalar: 2, integer: 0 },
    grid: [SIZE, 1, 1],
  });
  return out;
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'nothing was thrown';
  } catch (thrown) {
    return thrown instanceof WickError ? thrown.code : String(thrown);
  }
}
