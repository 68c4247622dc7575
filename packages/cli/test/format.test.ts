import { describe, expect, it } from 'vitest';
import { summariseLabels } from '../src/format/labels.js';
import { formatProgress } from '../src/format/progress.js';
import { findRepeats } from '../src/format/repeats.js';
import { formatTable, indent, wrapWords } from '../src/format/table.js';
import {
  countOf,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  shorten,
} from '../src/format/units.js';

describe('units', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1500, '1.46 KiB'],
    [10_240, '10 KiB'],
    [12_345, '12.1 KiB'],
    [999_999, '977 KiB'],
    [1_048_575, '1.00 MiB'],
    [5_438_688, '5.19 MiB'],
    [2 ** 31, '2 GiB'],
    [2 ** 50, '1024 TiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.5, '0.50 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [12_345, '12.3 s'],
    [99_960, '1 min 40 s'],
    [3_600_000, '60 min 0 s'],
  ])('%d milliseconds are %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it('groups digits and minds the plural', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(countOf(1, 'pass', 'passes')).toBe('1 pass');
    expect(countOf(2000, 'pass', 'passes')).toBe('2,000 passes');
    expect(formatRate(7.314)).toBe('7.31');
    expect(formatRate(12_345)).toBe('12,345');
  });

  it('shortens at either end', () => {
    expect(shorten('abcdef', 6)).toBe('abcdef');
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('abcdef', 4, 'end')).toBe('…def');
    expect(shorten('abcdef', 1)).toBe('a');
    expect(shorten('abcdef', 0)).toBe('');
  });
});

describe('tables', () => {
  it('aligns columns and leaves no spaces at the ends', () => {
    const text = formatTable(
      [
        ['a', 'bb', ''],
        ['long', '1'],
        ['x', '22', 'y'],
      ],
      ['left', 'right'],
    );
    expect(text).toBe('a     bb\nlong   1\nx     22  y');
  });

  it('indents lines, but not empty ones', () => expect(indent('a\n\n b')).toBe('  a\n\n   b'));

  it('breaks lines between words', () => {
    expect(wrapWords(['one', 'two', 'three', 'a very long word'], 10)).toEqual([
      'one, two,',
      'three,',
      'a very long word',
    ]);
    expect(wrapWords([], 10)).toEqual([]);
  });
});

describe('progress', () => {
  const label = 'model-00001-of-00003.safetensors';
  it.each([
    [
      { kind: 'read', label, loaded: 0, total: 4096 },
      `reading ${label}  [                    ]  0 B of 4 KiB`,
    ],
    [
      { kind: 'read', label, loaded: 1024, total: 4096 },
      `reading ${label}  [#####               ]  1 KiB of 4 KiB`,
    ],
    [{ kind: 'read', label, loaded: 0, total: 0 }, `reading ${label}  [####################]  0 B of 0 B`],
    [{ kind: 'compile', label: 'matmul', loaded: 1200, total: undefined }, 'compiling matmul  1,200'],
  ] as const)('%o', (event, text) => expect(formatProgress(event, 100)).toBe(text));

  it('fits into few columns', () => {
    const line = formatProgress({ kind: 'read', label, loaded: 1024, total: 4096 }, 60);
    expect(line).toBe('reading …safetensors  [#####               ]  1 KiB of 4 KiB');
    expect(formatProgress({ kind: 'read', label, loaded: 1, total: 2 }, 20)).toHaveLength(20);
  });
});

describe('summariseLabels', () => {
  it.each([
    [['a/b/c'], 80, 'a/b/c'],
    [['a/b/c', 'a/b/d'], 80, 'a/b: c, d'],
    [['a/b/c', 'a/d', 'a/d'], 80, 'a: b/c, d ×2'],
    [['a/b', 'ab/c'], 80, 'a/b, ab/c'],
    [['x', 'y', 'x'], 80, 'x ×2, y'],
    [['layer/one', 'layer/two', 'layer/three', 'layer/fourteen'], 30, 'layer: one, two, … (4 in all)'],
    [['layer/one', 'layer/two', 'layer/three'], 10, 'layer: on…'],
  ])('%o in %d columns', (labels, width, text) => expect(summariseLabels(labels, width)).toBe(text));
});

describe('findRepeats', () => {
  it.each([
    ['abcabcabcx', 2, [{ start: 0, period: 3, times: 3 }]],
    ['xabababa', 2, [{ start: 1, period: 2, times: 3 }]],
    ['aaaa', 2, [{ start: 0, period: 2, times: 2 }]],
    ['abcdefg', 2, []],
    [
      'ababxcdcdcd',
      2,
      [
        { start: 0, period: 2, times: 2 },
        { start: 5, period: 2, times: 3 },
      ],
    ],
    ['abab', 3, []],
    ['', 1, []],
  ])('%s by at least %d', (text, least, repeats) => expect(findRepeats([...text], least)).toEqual(repeats));
});
