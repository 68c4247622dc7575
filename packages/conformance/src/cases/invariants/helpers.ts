/** What the cases of the invariants share. */

import type { Buffer, Device, Submission } from '@wick/core';
import { uploadedWords } from '../../graph/interpret.js';
import { type GraphKernel, graphKernels, runReference } from '../../graph/kernels.js';
import { blockBytesOf } from '../../graph/perform.js';
import { parsePasses } from '../../harness/step-list.js';
import type { CaseContext, OpenedStack, Stack } from '../../suite/case.js';

/** Calls `body` on a device without adversary, and on one for each adversary. */
export async function underAdversaries(
  context: CaseContext,
  stack: Stack,
  body: (opened: OpenedStack) => Promise<void>,
): Promise<void> {
  await context.use(stack, body);
  for (const adversary of context.seeds) await context.use({ ...stack, adversary }, body);
}

/** A buffer that nothing has written yet. */
export function empty(device: Device, label: string, blocks = 1): Buffer {
  return device.createBuffer({ byteLength: blocks * blockBytesOf(device), label });
}

/** A buffer of one block with the words of `content(device, salt)`. */
export function fresh(device: Device, salt: number, label = `buffer ${salt}`): Buffer {
  const buffer = empty(device, label);
  device.write(buffer, content(device, salt));
  return buffer;
}

export function content(device: Device, salt: number): Uint32Array {
  return uploadedWords(blockBytesOf(device) / 4, salt);
}

export function freeAll(...buffers: readonly Buffer[]): void {
  for (const buffer of buffers) buffer.free();
}

/** What a kernel of the graphs writes to its last binding. */
export function computed(kernel: GraphKernel, arrays: readonly Uint32Array[], salt: number): Uint32Array {
  const all = arrays.map((words) => words.slice());
  if (all.length < graphKernels[kernel].bindings.length) all.push(new Uint32Array(all[0].length));
  runReference(graphKernels[kernel], all, salt);
  return all[all.length - 1];
}

/** Labels of all commands of some submissions, in their order. */
export function labelsOf(submissions: readonly Submission[]): string[] {
  return submissions.flatMap(({ steps }) => steps.flatMap((step) => ('command' in step ? [step.label] : [])));
}

export function barriersOf(submissions: readonly Submission[]): number {
  return submissions
    .flatMap(({ steps }) => parsePasses(steps))
    .reduce((sum, { epochs }) => sum + epochs.length - 1, 0);
}
