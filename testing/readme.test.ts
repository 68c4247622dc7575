import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { missingVulkan } from './webgpu.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const examples = [...readFileSync(`${root}README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);

const missing = missingVulkan();

// Inside the repository, so that the examples resolve the packages by name.
const folder = mkdtempSync(`${root}testing/.readme-`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the examples of the README', () => {
  const run = async (index: number): Promise<readonly unknown[][]> => {
    const file = `${folder}/example-${index}.ts`;
    writeFileSync(file, examples[index]);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await import(/* @vite-ignore */ file);
      return log.mock.calls;
    } finally {
      log.mockRestore();
    }
  };

  it('are two', () => {
    expect(examples).toHaveLength(2);
  });

  it('computes with tensors', async () => {
    const [[lines]] = (await run(0)) as number[][][][];
    // [[1, 2], [3, 4]] squared is [[7, 10], [15, 22]]; softmax of two that differ by d is 1 / (1 + e^d).
    expect(lines[0][0]).toBeCloseTo(1 / (1 + Math.exp(3)), 6);
    expect(lines[1][1]).toBeCloseTo(1 / (1 + Math.exp(-7)), 6);
  });

  it('runs a kernel of its own on two backends', async (context) => {
    if (missing !== undefined) context.skip(missing);
    expect(await run(1)).toEqual([
      ['cpu', [2, 4, 6]],
      ['webgpu', [2, 4, 6]],
    ]);
  });
});
