/** Memory: canaries, views, tails, fills of all bits, allocations of every size class. */

import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { dispatchGuarded } from '../kernels/kernel-case.js';
import { kernelSpecs } from '../kernels/kernel-cases.js';
import type { KernelSpec } from '../kernels/spec.js';
import { assert, assertEqual, assertSame } from '../suite/assert.js';
import type { CaseContext, ConformanceCase } from '../suite/case.js';
import { computed, content, empty, freeAll, fresh, underAdversaries } from './invariants/helpers.js';

export function memoryCases(): ConformanceCase[] {
  const made = (name: string, run: (context: CaseContext) => Promise<void>): ConformanceCase => ({
    name: `memory: ${name}`,
    group: 'memory',
    run,
  });
  return [
    made('nothing is written in front of or behind an output (canaries)', canaries),
    made('a copy moves every byte of lengths that are no multiple of 4 or 16', copiesWithTails),
    made('an upload and a read move every byte of lengths that are no multiple of 4', uploadsWithTails),
    made('a fill writes all 32 bits of its value', fillsAllBits),
    made('transfers and dispatches on views leave the bytes beside them', viewsAlone),
    made('views of views reach the bytes that they name', viewsOfViews),
    made('what is freed and made anew in other sizes never shares bytes with what is alive', sizesMixed),
    made('a buffer of some megabytes holds all its bytes', large),
  ];
}

/** The first two specs of each kernel that this backend can run. */
async function canaries(context: CaseContext): Promise<void> {
  const { float16 } = context.backend.capabilities;
  const taken = new Map<string, number>();
  const chosen = kernelSpecs().filter((given: KernelSpec) => {
    const usesHalf = Object.values(given.operands).some(({ dtype }) => dtype === 'float16');
    const before = taken.get(given.kernel.name) ?? 0;
    if ((usesHalf && !float16) || before >= 2) return false;
    taken.set(given.kernel.name, before + 1);
    return true;
  });
  const device = await context.device();
  for (const given of chosen) {
    for (const { name, image, read } of await dispatchGuarded(device, given)) {
      const at = image.overrun(read);
      assert(
        at === undefined,
        `kernel ${given.kernel.name}, ${given.title}: byte ${at} of "${name}", which has ${image.byteLength}, was written`,
      );
    }
  }
}

const TAILS = [1, 2, 3, 4, 5, 7, 12, 13, 15, 16, 17, 20, 31, 33, 61];

function bytes(length: number, salt: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + salt * 11 + 1) % 256);
}

async function copiesWithTails(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    for (const length of TAILS) {
      const from = device.createBuffer({ byteLength: length, label: 'from' });
      const to = device.createBuffer({ byteLength: length, label: 'to' });
      device.fill(to, 0xffffffff);
      device.write(from, bytes(length, 1));
      device.copy(from, to);
      assertSame(await device.read(to), bytes(length, 1), `a copy of ${length} bytes`);
      freeAll(from, to);
    }
  });
}

async function uploadsWithTails(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    for (const length of TAILS) {
      const buffer = device.createBuffer({ byteLength: length, label: 'tail' });
      device.write(buffer, bytes(length, 2));
      assertSame(await device.read(buffer), bytes(length, 2), `${length} bytes`);
      buffer.free();
    }
  });
}

async function fillsAllBits(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const x = empty(device, 'x');
    for (const value of [0x12345678, 0xdeadbeef, 0, 0x7fc00000, 0x80000001]) {
      device.fill(x, value);
      assertSame(await wordsOf(device.read(x)), content(device, 1).fill(value), `a fill with ${value}`);
    }
    x.free();
  });
}

/** Five blocks; each kind of command writes the middle one, and its neighbours stay as they were. */
async function viewsAlone(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const block = blockBytesOf(device);
    const source = fresh(device, 7);
    const before = [0, 1, 2, 3, 4].map((i) => content(device, 100 + i));
    const writers = {
      dispatch: () => computed('mix', [content(device, 7)], 3),
      copy: () => content(device, 7),
      fill: () => content(device, 7).fill(9),
      upload: () => content(device, 8),
    };
    for (const [kind, want] of Object.entries(writers)) {
      const x = empty(device, 'x', 5);
      for (const [i, words] of before.entries()) device.write(x.view(i * block, block), words);
      const middle = x.view(2 * block, block);
      if (kind === 'dispatch') recordDispatch(device, 'mix', [source, middle], 3);
      else if (kind === 'copy') device.copy(source, middle);
      else if (kind === 'fill') device.fill(middle, 9);
      else device.write(middle, content(device, 8));
      const got = await wordsOf(device.read(x));
      const words = block / 4;
      for (const [i, old] of before.entries()) {
        const part = got.subarray(i * words, (i + 1) * words);
        assertSame(part, i === 2 ? want() : old, `block ${i} after a ${kind} of block 2`);
      }
      x.free();
    }
    source.free();
  });
}

async function viewsOfViews(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const block = blockBytesOf(device);
    const base = empty(device, 'base', 8);
    device.fill(base, 1);
    const outer = base.view(2 * block, 5 * block);
    const inner = outer.view(block, 3 * block);
    const one = inner.view(2 * block, block);
    device.write(one, content(device, 5));
    assertEqual(one.offset, 5 * block, 'the offset of a view of a view of a view');
    const out = empty(device, 'out');
    recordDispatch(device, 'mix', [base.view(5 * block, block), out], 2);
    const want = computed('mix', [content(device, 5)], 2);
    assertSame(await wordsOf(device.read(out)), want, 'what was read through the base');
    assertSame(await wordsOf(device.read(outer.view(0, block))), content(device, 1).fill(1), 'the rest');
    freeAll(out, base);
  });
}

/** Buffers of many sizes, half of them freed in between, all filled with a number of their own. */
async function sizesMixed(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const alive = new Map<number, { readonly value: number; readonly buffer: ReturnType<typeof empty> }>();
    let value = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 8; i++) {
        if ((i + round) % 2 === 0) {
          alive.get(i)?.buffer.free();
          value++;
          const buffer = device.createBuffer({
            byteLength: 16 * (1 + ((i * 7 + round * 5) % 23)),
            label: 'x',
          });
          device.fill(buffer, value);
          alive.set(i, { value, buffer });
        }
      }
      if (round % 2 === 0) device.flush();
    }
    for (const { value: want, buffer } of alive.values()) {
      const got = await wordsOf(device.read(buffer));
      assertSame(got, new Uint32Array(got.length).fill(want), `buffer ${want}`);
      buffer.free();
    }
  });
}

async function large(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    const { limits } = device;
    const most = Math.min(limits.maxAllocationBytes, limits.maxBindingBytes, 4 * 2 ** 20);
    const byteLength = most - (most % blockBytesOf(device));
    const x = device.createBuffer({ byteLength, label: 'large' });
    const words = Uint32Array.from({ length: byteLength / 4 }, (_, i) => Math.imul(i, 0x9e3779b1));
    device.write(x, words);
    const y = device.createBuffer({ byteLength, label: 'its copy' });
    device.copy(x, y);
    const got = await wordsOf(device.read(y));
    assertEqual(got.length, words.length, 'the number of words');
    const wrong = got.findIndex((word, i) => word !== words[i]);
    assertEqual(wrong, -1, 'the first word that differs');
    freeAll(x, y);
  });
}
