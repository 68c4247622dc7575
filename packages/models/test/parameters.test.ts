import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkParameters, type ParameterInfo } from '../src/index.js';
import { editDistance, nearest } from '../src/weights/near.js';
import { failure } from './helpers/errors.js';

const expected: ParameterInfo[] = [
  { name: 'model.norm.weight', shape: [8] },
  { name: 'model.layers.0.self_attn.q_proj.weight', shape: [8, 4] },
  { name: 'model.layers.0.self_attn.k_proj.weight', shape: [4, 4] },
];
const without = (name: string): ParameterInfo[] => expected.filter((parameter) => parameter.name !== name);

describe('checkParameters', () => {
  it('accepts what fits, in any order', () => {
    checkParameters(expected, expected.toReversed());
    checkParameters([], []);
  });

  it('names a parameter that has another shape, with both shapes', async () => {
    const found = [...without('model.norm.weight'), { name: 'model.norm.weight', shape: [9] }];
    const error = await failure('BAD_MODEL', () =>
      checkParameters(expected, found, { label: 'file.safetensors' }),
    );
    expect(error.message).toMatch(/file\.safetensors.*model\.norm\.weight is \[9\], expected \[8\]/);
    expect(error.label).toBe('model.norm.weight');
  });

  it('tells shapes of other ranks and orders apart', async () => {
    const name = 'model.layers.0.self_attn.q_proj.weight';
    for (const shape of [[4, 8], [32], [8, 4, 1], []]) {
      await failure('BAD_MODEL', () => checkParameters(expected, [...without(name), { name, shape }]));
    }
  });

  it('names a parameter that is missing, and what comes near', async () => {
    const found = [
      ...without('model.layers.0.self_attn.q_proj.weight'),
      { name: 'model.layers.0.self_attn.query.weight', shape: [8, 4] },
      { name: 'elsewhere', shape: [1] },
    ];
    const error = await failure('BAD_MODEL', () => checkParameters(expected, found));
    expect(error.message).toMatch(
      /self_attn\.q_proj\.weight is missing \(found model\.layers\.0\.self_attn\.query\.weight\)/,
    );
    expect(error.message).toMatch(/nothing needs .*elsewhere/);
  });

  it('sees a prefix that a writer added or left out', async () => {
    for (const prefix of ['transformer.model.norm.weight', 'norm.weight']) {
      const found = [...without('model.norm.weight'), { name: prefix, shape: [8] }];
      const error = await failure('BAD_MODEL', () => checkParameters(expected, found));
      expect(error.message).toContain(`(found ${prefix})`);
    }
  });

  it('does not offer the names of other parameters', async () => {
    const error = await failure('BAD_MODEL', () =>
      checkParameters(expected, without('model.layers.0.self_attn.q_proj.weight')),
    );
    expect(error.message).not.toContain('k_proj');
  });

  it('names tensors that nothing needs, but for redundant ones', async () => {
    const found = [...expected, { name: 'extra', shape: [1] }];
    const error = await failure('BAD_MODEL', () => checkParameters(expected, found));
    expect(error.label).toBe('extra');
    checkParameters(expected, found, { redundant: (name) => name === 'extra' });
  });

  it('says a few names of many, and soon', async () => {
    const many = (prefix: string) =>
      Array.from({ length: 3000 }, (_, i) => ({
        name: `${prefix}.layers.${i}.self_attn.q_proj.weight`,
        shape: [1],
      }));
    const start = performance.now();
    const error = await failure('BAD_MODEL', () => checkParameters(many('model'), many('modle')));
    expect(performance.now() - start).toBeLessThan(5000);
    expect(error.message).toMatch(/and 2996 more/);
    expect(error.message.length).toBeLessThan(2000);
  });
});

describe('editDistance', () => {
  it('counts insertions, deletions and replacements', () => {
    expect(editDistance('', '')).toBe(0);
    expect(editDistance('abc', 'abc')).toBe(0);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('flaw', 'lawn')).toBe(2);
  });

  it('is a metric, and stops above its limit', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(word, word, word, fc.nat(8), (a, b, c, limit) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(distance + editDistance(b, c));
        expect(editDistance(a, b, limit)).toBe(Math.min(distance, limit + 1));
      }),
    );
  });
});

describe('nearest', () => {
  it('gives at most three, nearest first', () => {
    expect(nearest('weight', ['weights', 'weight_g', 'height', 'wait', 'bias', 'freight'])).toEqual([
      'weights',
      'height',
      'weight_g',
    ]);
    expect(nearest('weight', [])).toEqual([]);
  });

  it('does not compare endless names', () => {
    expect(nearest('a'.repeat(100_000), ['a'.repeat(100_000)])).toEqual([]);
  });
});
