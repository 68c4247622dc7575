/** Submissions by hand, over a null backend, for tests of wrappers. */

import type { Allocation, Backend, Pipeline, Step, StepRange, Submission } from '@wick/core';
import { graphKernels } from '../../src/graph/kernels.js';

export interface Setup {
  readonly backend: Backend;
  /** Two allocations of 256 bytes, which are memory 0 and 1. */
  readonly memory: readonly Allocation[];
  /** x -> out, with 16 bytes of parameters. */
  readonly mix: Pipeline;
}

export async function setUp(backend: Backend): Promise<Setup> {
  const memory = [await backend.allocate(256), await backend.allocate(256)];
  const mix = await backend.prepare({
    key: 'mix',
    kernel: graphKernels.mix,
    constants: {},
    dtypes: ['uint32', 'uint32'],
    specialization: undefined,
  });
  return { backend, memory, mix };
}

export function range(memory: number, offset: number, byteLength: number): StepRange {
  return { memory, offset, byteLength };
}

export function fill(label: string, destination: StepRange): Step {
  return { op: 'fill', command: 0, label, destination, value: 1 };
}

/** A dispatch of `mix`; its parameters stand at `at`. */
export function mixing({ mix }: Setup, label: string, x: StepRange, out: StepRange, at = 0): Step {
  return {
    op: 'dispatch',
    command: 0,
    label,
    pipeline: mix,
    bindings: [x, out],
    params: { offset: at, byteLength: 16 },
    grid: [4, 1, 1],
  };
}

export function pass(number: number, waits: readonly number[], ...steps: Step[]): Step[] {
  return [
    { op: 'beginPass', kind: 'compute', pass: number, label: `pass ${number}`, waits },
    ...steps,
    { op: 'endPass' },
  ];
}

export const barrier = (...memory: number[]): Step => ({ op: 'barrier', memory });

export function submission(
  { memory }: Setup,
  serial: number,
  steps: readonly Step[],
  more: Partial<Submission> = {},
): Submission {
  return {
    serial,
    label: `submission ${serial}`,
    steps,
    memory: memory.map((allocation) => ({ allocation, offset: 0 })),
    params: new Uint8Array(64),
    uploads: [],
    downloads: [],
    waits: [],
    ...more,
  };
}
