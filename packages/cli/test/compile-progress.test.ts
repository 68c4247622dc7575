/** Kernels that compile while a picture is drawn show on the line of progress. */

import { cpu } from '@wick/backend-cpu';
import { kernels, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { PictureRun } from '../src/pictures/run.js';
import { capturedIo, linesOf } from './captured-io.js';

/** The CPU, but compiling takes a while, as it does on a GPU. */
async function slowlyCompiling() {
  const { name, open } = cpu();
  return openDevice({
    name,
    open: async () => {
      const backend = await open();
      const prepare = backend.prepare.bind(backend);
      return Object.assign(backend, {
        prepare: async (...request: Parameters<typeof prepare>) => prepare(...request),
      });
    },
  });
}

describe('progress of compiling', () => {
  it('counts the kernels that are compiled together, and names the last', async () => {
    const io = capturedIo();
    await using device = await slowlyCompiling();
    const run = new PictureRun(io, { device, signal: new AbortController().signal, openedIn: 0 }, true);
    const [x, y] = [0, 1].map((i) => device.createBuffer({ byteLength: 16, label: `${i}` }));
    device.fill(x, 0);
    for (const op of ['neg', 'abs']) {
      device.dispatch(kernels.unary, {
        bindings: { x, out: y },
        params: { size: 4, alpha: 0, beta: 0 },
        constants: { op },
        grid: [4, 1, 1],
      });
    }
    await device.idle();
    run.finish('done');
    const lines = linesOf(io.stderr.text);
    expect(lines).toEqual([
      `compiling kernels  [${' '.repeat(20)}]  0 of 2`,
      `compiling unary  [${'#'.repeat(20)}]  2 of 2`,
    ]);
    for (const buffer of [x, y]) buffer.free();
  });
});
