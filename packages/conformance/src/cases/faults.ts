/** The fault sweep: call number k of a member of the backend fails, for every k of a workload. */

import { type Device, type ErrorCode, WickError } from '@wick/core';
import type { Graph } from '../graph/graph.js';
import { interpret } from '../graph/interpret.js';
import { blockBytesOf, perform, performSettled } from '../graph/perform.js';
import { FAULTS, type Fault, FaultPlan, memberOf } from '../harness/faulty.js';
import { assert, assertCode, assertSame } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';

const span = (buffer: number, at: number, length: number) => ({ buffer, at, length });

/** Some of everything: recycled memory, temporaries, several tasks and submissions, reads on the way. */
const WORKLOAD: Graph = {
  buffers: 3,
  blocks: 6,
  ops: [
    { op: 'dispatch', kernel: 'mix', spans: [span(0, 0, 3), span(1, 0, 3)], salt: 1 },
    { op: 'read', from: span(1, 1, 2) },
    { op: 'renew', buffer: 2, by: 'fill', salt: 5 },
    { op: 'dispatch', kernel: 'absorb', spans: [span(1, 0, 3), span(2, 3, 3)], salt: 2 },
    { op: 'flush' },
    {
      op: 'run',
      abort: false,
      body: [
        { op: 'renew', buffer: 0, by: 'dispatch', salt: 3 },
        { op: 'renew', buffer: 0, by: 'dispatch', salt: 4 },
        { op: 'copy', from: span(0, 0, 2), to: span(2, 0, 2) },
        { op: 'dispatch', kernel: 'split', spans: [span(2, 0, 2), span(1, 0, 2), span(1, 4, 2)], salt: 6 },
        { op: 'sum', a: span(1, 0, 1), b: span(2, 0, 1), to: span(1, 2, 1) },
        { op: 'read', from: span(2, 0, 6) },
      ],
    },
    { op: 'fill', to: span(2, 2, 2), value: 9 },
    { op: 'upload', to: span(0, 3, 2), salt: 7 },
    { op: 'dispatch', kernel: 'stir', spans: [span(0, 2, 3)], salt: 8 },
  ],
};

const CODES: Readonly<Record<string, readonly ErrorCode[]>> = {
  allocate: ['OUT_OF_MEMORY'],
  prepare: ['KERNEL_COMPILE_FAILED'],
  submit: ['SUBMISSION_FAILED'],
  'host read': ['SUBMISSION_FAILED'],
};

/** Small submissions, so that some stand before, and some behind the one that fails. */
const STACKS: readonly Stack[] = [
  { device: { planning: { bounds: { maxCommandsPerSubmission: 3 } } } },
  { device: { pooling: false }, demands: { noHostMemory: true, limits: { maxSubmissionsInFlight: 1 } } },
  { demands: { transfersInComputePass: [] }, adversary: 'reverse' },
];

export function faultCases(): ConformanceCase[] {
  return FAULTS.flatMap((fault) => {
    const made = (when: string, times: number): ConformanceCase => ({
      name: `fault: ${fault}, ${when}`,
      group: 'faults',
      run: (context) => sweep(context, fault, times),
    });
    const once = made('once, at every call', 1);
    return fault.startsWith('device lost')
      ? [once]
      : [once, made('again and again, from every call on', Number.POSITIVE_INFINITY)];
  });
}

async function sweep(context: CaseContext, fault: Fault, times: number): Promise<void> {
  for (const [i, stack] of STACKS.entries()) {
    const clean = new FaultPlan();
    await context.use({ ...stack, faults: clean }, ({ device }) => succeeds(device, 'without a fault'));
    const calls = clean.calls[memberOf(fault)];
    for (let call = 1; call <= calls; call++) {
      const plan = new FaultPlan(fault, call, times);
      const what = `stack ${i}, ${fault} at call ${call} of ${calls}`;
      await context.use({ ...stack, faults: plan }, ({ device }) => failsOnce(device, plan, what));
    }
  }
}

/** The workload fails with one error, or is right where the fault could be overcome; then all is well. */
async function failsOnce(device: Device, plan: FaultPlan, what: string): Promise<void> {
  const thrown = await failureOf(device, plan.times === 1, what);
  assert(plan.hit, `${what}: the fault did not happen`);
  const { fault = '', times } = plan;
  if (fault.startsWith('device lost')) {
    assertCode(thrown, 'DEVICE_LOST', what);
    const { reason } = await device.lost;
    assert(reason === 'lost', `${what}: the reason is ${reason}`);
    return;
  }
  plan.end();
  // An allocation that fails is tried again after the pool was emptied, and a kernel when it is needed.
  const mayRecover = times === 1 && (fault.startsWith('allocate') || fault.startsWith('prepare'));
  if (thrown !== undefined || !mayRecover)
    assertCode(thrown, CODES[memberOf(plan.fault ?? 'submit throws')], what);
  const { buffers, work } = device.stats();
  assert(buffers.live === 0, `${what}: ${buffers.live} buffers are left`);
  assert(work.inFlight === 0, `${what}: ${work.inFlight} submissions are in flight`);
  await device.idle();
  await succeeds(device, `${what}: the workload after it`);
}

/**
 * The error of the workload: that of its reads, or of `idle` where what failed was overwritten before any
 * read. Whatever is answered all the same must be right.
 */
async function failureOf(device: Device, isOne: boolean, what: string): Promise<unknown> {
  const blockBytes = blockBytesOf(device);
  const want = interpret(WORKLOAD, blockBytes / 4);
  const errors = new Set<unknown>();
  try {
    const got = await performSettled(device, WORKLOAD, { blockBytes });
    for (const [i, settled] of [...got.reads, ...got.buffers].entries()) {
      if (settled.status === 'rejected') errors.add(settled.reason);
      else assertSame(settled.value, [...want.reads, ...want.buffers][i], `${what}: read ${i}`);
    }
  } catch (thrown) {
    if (!(thrown instanceof WickError)) throw thrown;
    errors.add(thrown);
  }
  const [ended] = await Promise.allSettled([device.idle()]);
  if (ended.status === 'rejected') errors.add(ended.reason);
  assert(errors.size <= 1 || !isOne, () => `${what}: there are several errors: ${[...errors].join(', ')}`);
  return [...errors][0];
}

async function succeeds(device: Device, what: string): Promise<void> {
  const blockBytes = blockBytesOf(device);
  const got = await perform(device, WORKLOAD, { blockBytes });
  const want = interpret(WORKLOAD, blockBytes / 4);
  for (const [i, words] of want.reads.entries()) assertSame(got.reads[i] ?? [], words, `${what}: read ${i}`);
  for (const [i, words] of want.buffers.entries()) assertSame(got.buffers[i], words, `${what}: buffer ${i}`);
}
