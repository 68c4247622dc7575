import { defineKernel, type PipelineRequest } from '@wick/core';
import { expect, it } from 'vitest';
import { Pipelines } from '../../src/execution/pipelines.js';
import { FakeBackend } from '../helpers/fake-backend.js';

const kernel = defineKernel({ name: 'test.any', bindings: { x: 'readWrite' }, reference() {} });

function request(n: number): PipelineRequest {
  return { key: `variant ${n}`, kernel, constants: {}, dtypes: ['uint32'], specialization: undefined };
}

it('the pipeline cache keeps the youngest variants, up to its bound', async () => {
  const backend = new FakeBackend();
  const pipelines = new Pipelines(backend, 3);
  for (const n of [0, 1, 2, 3]) await pipelines.get(request(n));
  expect(backend.prepareCalls).toBe(4);
  for (const n of [1, 2, 3]) await pipelines.get(request(n));
  expect(backend.prepareCalls).toBe(4);
  await pipelines.get(request(0));
  expect(backend.prepareCalls).toBe(5);
});
