import { describe, expect, it } from 'vitest';
import { findCycles } from '../lib/cycles.mjs';
import { importProblem } from '../lib/import-rules.mjs';

const manifests = new Map([
  ['core', { exports: { '.': {} } }],
  ['tensor', { dependencies: { '@wick/core': 'workspace:*' }, exports: { '.': {}, './testing': {} } }],
  ['cli', { dependencies: { commander: '14.0.0' } }],
]);

/** The rule that an import breaks, or undefined. */
function problem(file: string, specifier: string, target?: string): string | undefined {
  return importProblem({ file, line: 1, specifier, target }, manifests);
}

describe('circular imports', () => {
  it('finds none in a graph without any', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', []],
    ]);
    expect(findCycles(graph)).toEqual([]);
  });

  it('names the files along the way round, and a file that imports itself', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['d']],
    ]);
    const cycles = findCycles(graph).map((cycle) => cycle.join(' '));
    expect(cycles).toHaveLength(2);
    expect(cycles).toContain('d d');
    expect(cycles).toContain('a b c a');
  });

  it('finds two separate cycles', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['a', 'c']],
      ['c', ['d']],
      ['d', ['c']],
    ]);
    expect(findCycles(graph)).toHaveLength(2);
  });
});

describe('import rules', () => {
  it('lets a package import what is below it and declared', () => {
    expect(problem('packages/tensor/src/a.ts', '@wick/core')).toBeUndefined();
    expect(problem('packages/cli/src/a.ts', 'commander')).toBeUndefined();
    expect(problem('packages/cli/src/a.ts', 'node:fs')).toBeUndefined();
  });

  it('refuses what is above, undeclared or inside another package', () => {
    expect(problem('packages/core/src/a.ts', '@wick/tensor')).toBe('core may not import @wick/tensor');
    expect(problem('packages/cli/src/a.ts', 'ora')).toBe('ora is not a dependency of @wick/cli');
    expect(problem('packages/tensor/src/a.ts', '../../core/src/b.js', 'packages/core/src/b.ts')).toBe(
      'import @wick/core by its name',
    );
    expect(problem('packages/cli/src/a.ts', '@wick/core/src/b.js')).toMatch(/not exported/);
    expect(problem('packages/cli/src/a.ts', '@wick/tensor/testing')).not.toMatch(/not exported/);
  });

  it('keeps Node out of sources that run in browsers', () => {
    expect(problem('packages/core/src/a.ts', 'node:fs')).toMatch(/browsers/);
    expect(problem('packages/models/src/a.ts', 'fs')).toMatch(/browsers/);
    expect(problem('packages/models/src/node/a.ts', 'node:fs')).toBeUndefined();
    expect(problem('packages/models/src/node.ts', 'node:fs')).toBeUndefined();
  });

  it('leaves tests free, but for the inside of packages', () => {
    expect(problem('packages/core/test/a.test.ts', '@wick/tensor')).toBeUndefined();
    expect(problem('packages/core/src/a.test.ts', '#shared')).toBeUndefined();
    expect(problem('packages/core/test/a.test.ts', '@wick/tensor/src/a.js')).toMatch(/not exported/);
  });
});
