/** A spec as a case: dispatched on guarded memory, compared with the reference. */

import type { Buffer, Device, KernelContract } from '@wick/core';
import { assert, assertEqual } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';
import { compare } from './compare.js';
import { decode, GuardedImage } from './memory.js';
import { expectedOutputs, flushedOutputs } from './oracle.js';
import type { KernelSpec } from './spec.js';
import { toleranceOf } from './tolerance.js';

/** The case of a spec. Without a stack it runs on the device that cases share. */
export function kernelCase(given: KernelSpec, group = 'kernels', stack?: Stack): ConformanceCase {
  const { kernel, dtype, title } = given;
  const usesHalf = Object.values(given.operands).some((operand) => operand.dtype === 'float16');
  return {
    name: `kernel ${kernel.name}, ${dtype}: ${title}`,
    group: `${group}: ${kernel.name}`,
    kernel: kernel.name,
    dtype,
    inapplicable: ({ capabilities }) =>
      usesHalf && !capabilities.float16 ? 'this backend has no float16' : undefined,
    run: (context) =>
      stack === undefined
        ? runOnShared(context, given)
        : context.use(stack, ({ device }) => dispatchAndCompare(context, device, given)),
  };
}

async function runOnShared(context: CaseContext, given: KernelSpec): Promise<void> {
  await dispatchAndCompare(context, await context.device(), given);
}

/** An operand after a dispatch: what was uploaded, and what was read back, canaries included. */
export interface GuardedResult {
  readonly name: string;
  readonly image: GuardedImage;
  readonly read: Uint8Array;
}

async function dispatchAndCompare(context: CaseContext, device: Device, given: KernelSpec): Promise<void> {
  const results = await dispatchGuarded(device, given);
  const want = expectedOutputs(given);
  const flushed = flushedOutputs(given);
  for (const { name, image, read } of results) {
    checkOperand(context, given, name, image, read, want[name], flushed?.[name]);
  }
}

/** Dispatches a spec on memory with canaries around every operand, and reads all of it back. */
export async function dispatchGuarded(device: Device, given: KernelSpec): Promise<GuardedResult[]> {
  const { kernel, operands, params, constants, grid, title } = given;
  const guard = Math.max(64, device.limits.bindingAlignment);
  const placed = new Map<string, { readonly image: GuardedImage; readonly buffer: Buffer }>();
  try {
    for (const { name, access } of kernel.bindings) {
      const operand = operands[name];
      if (operand === undefined) continue;
      const image = new GuardedImage(operand, guard, access === 'write');
      const buffer = device.createBuffer({ byteLength: image.bytes.length, label: name });
      placed.set(name, { image, buffer });
      device.write(buffer, image.bytes);
    }
    const bindings = Object.fromEntries(
      [...placed].map(([name, { image, buffer }]) => [
        name,
        { buffer: buffer.view(guard, image.byteLength), dtype: operands[name].dtype },
      ]),
    );
    device.dispatch(kernel, { bindings, params, constants, grid, label: title });
    return await Promise.all(
      [...placed].map(async ([name, { image, buffer }]) => ({
        name,
        image,
        read: await device.read(buffer),
      })),
    );
  } finally {
    for (const { buffer } of placed.values()) buffer.free();
  }
}

function checkOperand(
  context: CaseContext,
  given: KernelSpec,
  name: string,
  image: GuardedImage,
  read: Uint8Array,
  want: ReturnType<typeof decode> | undefined,
  flushed: ReturnType<typeof decode> | undefined,
): void {
  const { dtype } = given.operands[name];
  const overrun = image.overrun(read);
  assert(
    overrun === undefined,
    `"${name}": byte ${overrun} of ${image.byteLength} was written, which lies outside of the binding`,
  );
  const access = accessOf(given.kernel, name);
  const inside = image.inside(read);
  if (access === 'read') {
    const changed = inside.findIndex((byte, i) => byte !== image.bytes[image.guard + i]);
    assertEqual(changed, -1, `the first byte of the input "${name}" that was written`);
    return;
  }
  // A grid without points leaves the garbage where it was.
  if (given.grid.includes(0)) {
    const written = inside.findIndex((byte, i) => byte !== image.bytes[image.guard + i]);
    assertEqual(written, -1, `the first byte of "${name}" that a grid of nothing wrote`);
    return;
  }
  assert(want !== undefined, `the reference has no output "${name}"`);
  const { first, count, worst } = compare(
    decode(dtype, inside),
    want,
    dtype,
    toleranceOf(given, dtype),
    flushed,
  );
  if (worst !== undefined) context.noteError(worst);
  assert(
    first === undefined,
    () =>
      `"${name}": element ${first?.index} is ${first?.got}, not ${first?.want}; ${count} of ${want.length} are wrong`,
  );
}

function accessOf({ bindings }: KernelContract, name: string): string | undefined {
  return bindings.find((binding) => binding.name === name)?.access;
}
