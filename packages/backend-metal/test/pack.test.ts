import type { Step } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { MetalPipeline } from '../src/pipeline/pipeline.js';
import { packSteps } from '../src/submission/pack.js';
import { NO_MEMORY, OP, VERSION } from '../src/submission/words.js';

const transfers = { copy: new MetalPipeline('copy', 0, 1024), fill: new MetalPipeline('fill', 1, 1024) };
const add = new MetalPipeline('add', 7, 64);
const product = new MetalPipeline('product', 8, [32, 16, 1]);

const range = (memory: number, offset: number, byteLength: number) => ({ memory, offset, byteLength });
const begin = (kind: 'compute' | 'transfer', pass = 0, waits: number[] = []): Step => ({
  op: 'beginPass',
  kind,
  pass,
  label: `pass ${pass}`,
  waits,
});
const end: Step = { op: 'endPass' };
const pack = (...steps: Step[]) => {
  const { words, labels } = packSteps('all', steps, transfers);
  return { words: [...words], labels };
};

describe('packed steps', () => {
  it('of a dispatch name pipeline, threadgroups, parameters and every binding', () => {
    const step: Step = {
      op: 'dispatch',
      command: 3,
      label: 'sum',
      pipeline: add,
      bindings: [range(0, 16, 400), undefined, range(2, 5 * 2 ** 32 + 4, 2 ** 33)],
      params: { offset: 48, byteLength: 32 },
      grid: [100, 2, 1],
    };
    expect(pack(begin('compute', 0), step, end)).toEqual({
      words: [
        VERSION,
        ...[OP.begin, 0, 0, 1, 0],
        // 200 grid points in threadgroups of 64
        ...[OP.dispatch, 2, 7, 4, 1, 1, 0, 48, 32, 3],
        ...[0, 16, 0, 400, 0],
        ...[NO_MEMORY, 0, 0, 0, 0],
        ...[2, 4, 5, 0, 2],
        OP.end,
      ],
      labels: ['all', 'pass 0', 'sum'],
    });
  });

  it('cover a grid by tiles along each dimension where a pipeline has such tiles', () => {
    const step: Step = {
      op: 'dispatch',
      command: 0,
      label: 'product',
      pipeline: product,
      bindings: [range(0, 0, 4)],
      params: { offset: 0, byteLength: 0 },
      grid: [33, 33, 5],
    };
    expect(pack(begin('compute'), step, end).words.slice(6, 16)).toEqual([
      ...[OP.dispatch, 2, 8, 2, 3, 5, 0, 0, 0, 1],
    ]);
  });

  it('of a transfer pass are kernels where one of them is a fill, so that one encoder is open at a time', () => {
    const copy: Step = {
      op: 'copy',
      command: 0,
      label: 'copy',
      source: range(0, 0, 8),
      destination: range(1, 0, 8),
    };
    const fill: Step = { op: 'fill', command: 1, label: 'fill', destination: range(2, 0, 8), value: 0 };
    const inCompute = pack(begin('compute'), copy, fill, end);
    expect(pack(begin('transfer'), copy, fill, end)).toEqual(inCompute);
    const blit = pack(begin('transfer'), copy, end, begin('transfer', 1), fill, end);
    expect(blit.words.slice(1, 3)).toEqual([OP.begin, 1]);
    expect(blit.words).toContain(OP.copy);
  });

  it('of transfers inside a compute pass are kernels with their parameters', () => {
    const copy: Step = {
      op: 'copy',
      command: 0,
      label: 'copy',
      source: range(0, 0, 4097),
      destination: range(1, 8, 4097),
    };
    const fill: Step = {
      op: 'fill',
      command: 1,
      label: 'fill',
      destination: range(1, 0, 4096),
      value: 0x3f800000,
    };
    expect(pack(begin('compute'), copy, fill, end).words.slice(6)).toEqual([
      ...[OP.dispatch, 2, 0, 2, 1, 1, 1, 0, 16, 2],
      ...[0, 0, 0, 4097, 0],
      ...[1, 8, 0, 4097, 0],
      // an odd tail is moved with its padding
      ...[1025, 0, 0, 0],
      ...[OP.dispatch, 3, 1, 1, 1, 1, 1, 0, 16, 1],
      ...[1, 0, 0, 4096, 0],
      ...[1024, 0x3f800000, 0, 0],
      OP.end,
    ]);
  });

  it('of a copy inside a transfer pass are a copy', () => {
    const copy: Step = {
      op: 'copy',
      command: 0,
      label: 'copy',
      source: range(0, 0, 8),
      destination: range(1, 8, 8),
    };
    expect(pack(begin('transfer'), copy, end).words).toEqual([
      VERSION,
      ...[OP.begin, 1, 0, 1, 0],
      ...[OP.copy, 2, 0, 0, 0, 8, 0, 1, 8, 0, 8, 0],
      OP.end,
    ]);
  });

  it('of uploads and downloads name their bytes', () => {
    const upload: Step = { op: 'upload', command: 0, label: 'up', destination: range(0, 4, 12), data: 2 };
    const download: Step = { op: 'download', command: 1, label: 'down', source: range(0, 0, 16), into: 1 };
    expect(pack(begin('compute'), upload, download, end).words.slice(6)).toEqual([
      ...[OP.upload, 2, 2, 0, 4, 0, 12, 0],
      ...[OP.download, 3, 1, 0, 0, 0, 16, 0],
      OP.end,
    ]);
  });

  it('keep barriers with their memory and passes with their waits, and repeat no label', () => {
    const barrier: Step = { op: 'barrier', memory: [4, 2] };
    const fill: Step = { op: 'fill', command: 1, label: 'fill', destination: range(1, 0, 4), value: 0 };
    const first = [begin('compute'), fill, barrier, fill, end];
    const { words, labels } = pack(...first, begin('transfer', 1), end, begin('compute', 2, [0, 1]), end);
    expect(labels).toEqual(['all', 'pass 0', 'fill', 'pass 1', 'pass 2']);
    const filled = [OP.dispatch, 2, 1, 1, 1, 1, 1, 0, 16, 1, 1, 0, 0, 4, 0, 1, 0, 0, 0];
    expect(words).toEqual([
      VERSION,
      ...[OP.begin, 0, 0, 1, 0],
      ...filled,
      ...[OP.barrier, 2, 4, 2],
      ...filled,
      OP.end,
      ...[OP.begin, 1, 1, 3, 0],
      OP.end,
      ...[OP.begin, 0, 2, 4, 2, 0, 1],
      OP.end,
    ]);
  });
});
