import { readdirSync, readFileSync } from 'node:fs';
import { DTYPE_BYTES, DTYPES, type KernelContract, kernels } from '@wick/core';
import { describe, expect, it } from 'vitest';

const all: readonly KernelContract[] = Object.values(kernels);
const folder = new URL('../../src/kernels/catalogue/', import.meta.url);
const source = readdirSync(folder)
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))
  .join('\n');
/** The comment above each declaration, by the name of the kernel. */
const comments = new Map(
  [
    ...source.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+ = catalogueKernel\(\{\n {2}name: '(\w+)'/g,
    ),
  ].map(([, comment, name]) => [name, comment]),
);
const IDENTIFIER = /^[a-z][A-Za-z0-9]*$/;

describe('the catalogue', () => {
  it('has every kernel under a name of its own, which is its key', () => {
    const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    expect(all.map(({ name }) => name)).toEqual(Object.keys(kernels).map(snake));
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('has neither sources nor references: backends implement it by name', () => {
    expect(all.filter(({ sources, reference }) => sources !== undefined || reference !== undefined)).toEqual(
      [],
    );
  });

  describe.each(all.map((kernel) => [kernel.name, kernel] as const))('%s', (_, kernel) => {
    it('says what it computes and over which grid', () => {
      const comment = comments.get(kernel.name)?.replaceAll(/\s+\*?\s*/g, ' ') ?? '';
      expect(comment.length).toBeGreaterThan(20);
      expect(comment).toMatch(/Grid: \[/);
    });

    it('has identifiers that every shading language takes, no two alike', () => {
      const names = [
        ...kernel.bindings.map(({ name }) => name),
        ...kernel.params.fields.map(({ name }) => name),
        ...Object.keys(kernel.constants),
      ];
      expect(names.filter((name) => !IDENTIFIER.test(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    });

    it('writes something, and takes known dtypes at every binding', () => {
      expect(kernel.bindings.some(({ access }) => access !== 'read')).toBe(true);
      for (const { dtypes } of kernel.bindings) {
        expect(dtypes.length).toBeGreaterThan(0);
        expect(dtypes.filter((dtype) => !DTYPES.includes(dtype))).toEqual([]);
        expect(new Set(dtypes).size).toBe(dtypes.length);
      }
    });

    it('fits into the smallest limits of WebGPU: 8 storage buffers, the parameter struct beside them', () => {
      expect(kernel.bindings.length).toBeLessThanOrEqual(8);
      expect(kernel.params.byteLength).toBeLessThanOrEqual(256);
    });

    it('offers at least one value for every constant that is not free', () => {
      for (const values of Object.values(kernel.constants)) {
        if (values === 'any') continue;
        expect(values.length).toBeGreaterThan(0);
        expect(new Set(values).size).toBe(values.length);
      }
    });
  });
});

it('every dtype has a size', () => {
  expect(DTYPES.map((dtype) => [dtype, DTYPE_BYTES[dtype]])).toEqual([
    ['float32', 4],
    ['float16', 2],
    ['int32', 4],
    ['uint32', 4],
    ['uint8', 1],
    ['bool', 1],
  ]);
});
