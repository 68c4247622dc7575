import { NORMAL_TABLE, normalFromBits, philox4x32, type RandomKind } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { random } from '../src/kernels/random.js';
import { output, refusal } from './execute.js';

function run(kind: RandomKind, size: number, params: Record<string, number> = {}): number[] {
  const out = kind === 'bits' ? new Uint32Array(size) : new Float32Array(size);
  const bindings = { table: kind === 'normal' ? NORMAL_TABLE : undefined, out };
  return output(random, {
    bindings,
    params: { size, seedLow: 7, seedHigh: 9, ...params },
    constants: { kind },
  });
}

describe('random', () => {
  test('bits are the words of consecutive blocks', () => {
    const blocks = [5, 6, 7].flatMap((block) => Array.from(philox4x32([block, 0, 0, 0], [7, 9])));
    expect(run('bits', 11, { offset: 5 })).toEqual(blocks.slice(0, 11));
  });

  test('the block wraps at 2^32', () => {
    const first = Array.from(philox4x32([0xffffffff, 0, 0, 0], [7, 9]));
    const second = Array.from(philox4x32([0, 0, 0, 0], [7, 9]));
    expect(run('bits', 8, { offset: 0xffffffff })).toEqual([...first, ...second]);
  });

  test('uniform and normal come from the same words', () => {
    const words = run('bits', 1001);
    const uniform = run('uniform', 1001);
    expect(uniform).toEqual(words.map((word) => Math.floor(word / 256) / 2 ** 24));
    expect(uniform.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(run('normal', 1001)).toEqual(words.map((word) => normalFromBits(word, NORMAL_TABLE)));
  });

  test('the key has two halves', () => {
    expect(run('bits', 4, { seedLow: 8 })).not.toEqual(run('bits', 4));
    expect(run('bits', 4, { seedHigh: 8 })).not.toEqual(run('bits', 4));
  });

  test('no numbers, one number', () => {
    expect(run('normal', 0)).toEqual([]);
    expect(run('normal', 1)).toEqual(run('normal', 5).slice(0, 1));
  });

  test('refuses the wrong dtype and a missing table', () => {
    expect(refusal(random, { kind: 'bits' }, { out: 'float32' })).toBeDefined();
    expect(refusal(random, { kind: 'uniform' }, { out: 'uint32' })).toBeDefined();
    expect(refusal(random, { kind: 'normal' }, { out: 'float32' })).toBeDefined();
    expect(refusal(random, { kind: 'normal' }, { table: 'int32', out: 'float32' })).toBeUndefined();
  });
});
