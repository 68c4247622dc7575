import { kernels } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { CpuBackend } from '../src/backend.js';
import {
  bindDispatch,
  bindTransfer,
  type DispatchStep,
  runTransfer,
  type TransferStep,
} from '../src/commands.js';
import { Recording } from './submissions.js';

const words = (bytes: Uint8Array) =>
  Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2));

describe('transfers', () => {
  test('upload, copy, fill and download at offsets, and nothing beside them', async () => {
    const backend = new CpuBackend();
    const [first, second] = [backend.allocate(32), backend.allocate(48)];
    const recording = new Recording(backend);
    recording.upload(recording.range(first, 4, 12), Int32Array.of(1, 2, 3));
    // Both the entry of the memory table and the range have offsets.
    const source = recording.range(first, 8, 8, 4);
    recording.add({ op: 'copy', label: 'copy', source, destination: recording.range(second, 32, 8, 16) });
    const destination = recording.range(second, 4, 8, 4);
    recording.add({ op: 'fill', label: 'fill', destination, value: 0x89abcdef });
    const all = recording.download(recording.range(second));
    const part = recording.download(recording.range(second, 36, 4, 32));
    expect(await recording.submit(1)).toEqual({ ok: true });
    const filled = 0x89abcdef | 0;
    expect(words(all)).toEqual([0, filled, filled, 0, 0, 0, 0, 0, 2, 3, 0, 0]);
    expect(words(part)).toEqual([3]);
    expect(Array.from(all.subarray(4, 8))).toEqual([0xef, 0xcd, 0xab, 0x89]);
  });

  test('inside one allocation, and of no byte', async () => {
    const backend = new CpuBackend();
    const allocation = backend.allocate(16);
    const recording = new Recording(backend);
    recording.upload(recording.range(allocation, 0, 8), Int32Array.of(5, 6));
    const [source, destination] = [recording.range(allocation, 0, 8), recording.range(allocation, 8, 8)];
    recording.add({ op: 'copy', label: 'copy', source, destination });
    recording.add({ op: 'fill', label: 'none', destination: recording.range(allocation, 0, 0), value: 1 });
    const all = recording.download(recording.range(allocation));
    expect(await recording.submit(1)).toEqual({ ok: true });
    expect(words(all)).toEqual([5, 6, 5, 6]);
  });

  test('in pieces, in any order', () => {
    const backend = new CpuBackend();
    const bytes = 4 * 50_001;
    const allocation = backend.allocate(bytes);
    const recording = new Recording(backend);
    const data = Int32Array.from({ length: 50_001 }, (_, i) => i * 7919);
    recording.upload(recording.range(allocation, 0, bytes), data);
    recording.add({
      op: 'fill',
      label: 'fill',
      destination: recording.range(allocation, 0, 150_000),
      value: 3,
    });
    const submission = recording.submission(1);
    const [upload, fill] = submission.steps.filter(
      (step): step is TransferStep => 'command' in step && step.op !== 'dispatch',
    );
    const pieces = bindTransfer(upload, submission);
    expect(pieces.units).toBeGreaterThan(2);
    for (let unit = pieces.units - 1; unit >= 0; unit--) pieces.run(unit, unit + 1);
    pieces.finish();
    expect(words(backend.hostMemory.read(allocation, 0, bytes))).toEqual(Array.from(data));
    runTransfer(fill, submission);
    expect(words(backend.hostMemory.read(allocation, 149_996, 8))).toEqual([3, data[37_500]]);
  });
});

describe('dispatches', () => {
  test('memory of every dtype at offsets', async () => {
    const backend = new CpuBackend();
    const allocation = backend.allocate(64);
    const recording = new Recording(backend);
    recording.upload(recording.range(allocation, 16, 8), Float32Array.of(1.5, -2.5));
    const [x, out] = [recording.range(allocation, 16, 8, 16), recording.range(allocation, 32, 2)];
    recording.dispatch('cast', kernels.cast, [x, out], { size: 2 }, {}, ['float32', 'bool']);
    const integers = recording.range(allocation, 48, 8, 32);
    recording.dispatch('cast', kernels.cast, [x, integers], { size: 2 }, {}, ['float32', 'int32']);
    expect(await recording.submit(1)).toEqual({ ok: true });
    expect(Array.from(backend.hostMemory.read(allocation, 32, 4))).toEqual([1, 1, 0, 0]);
    expect(words(backend.hostMemory.read(allocation, 48, 8))).toEqual([1, -2]);
  });

  test('float16 is decoded when bound and encoded by finish', () => {
    const backend = new CpuBackend();
    const [source, target] = [backend.allocate(16), backend.allocate(16)];
    new Uint16Array(source.buffer).set([0x3c00, 0x4000]); // 1, 2
    new Uint16Array(target.buffer).set([0x3800, 0x3800, 0x3800, 0x3800]); // 0.5
    const recording = new Recording(backend);
    const bindings = [recording.range(source, 0, 4), recording.range(target, 0, 8)];
    const rows = { outer: 1, capacity: 4, width: 1, rows: 2, position: 1 };
    recording.dispatch('write', kernels.writeRows, bindings, rows, {}, ['float16', 'float16']);
    const submission = recording.submission(1);
    const step = submission.steps.find((candidate): candidate is DispatchStep => candidate.op === 'dispatch');
    if (step === undefined) throw new Error('no dispatch');
    const bound = bindDispatch(step, submission);
    bound.run(0, bound.units);
    expect(Array.from(new Uint16Array(target.buffer, 0, 4))).toEqual([0x3800, 0x3800, 0x3800, 0x3800]);
    bound.finish();
    expect(Array.from(new Uint16Array(target.buffer, 0, 5))).toEqual([0x3800, 0x3c00, 0x4000, 0x3800, 0]);
  });
});
