import { defineKernel } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { declarationProblem } from '../src/pipeline/declaration.js';

const kernel = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { size: 'u32', factor: 'f32' },
  sources: { metal: { msl: '' } },
});

const source = (parameters: string) => `
struct Params { uint size; float factor; };
// kernel void scale(device float *no [[buffer(9)]])
kernel void scale(${parameters},
                  uint i [[thread_position_in_grid]]) {}
`;
const problem = (parameters: string, entry = 'scale') =>
  declarationProblem({ kernel, dtypes: ['float32', 'float32'] }, source(parameters), entry);

const X = 'device const float *x [[buffer(0)]]';
const OUT = 'device float *out [[buffer(1)]]';
const PARAMS = 'constant Params &params [[buffer(2)]]';

describe("a user's MSL", () => {
  it.each([
    ['with every binding', [X, OUT, PARAMS].join(', ')],
    ['without the parameter struct', [X, OUT].join(', ')],
    ['with const behind the type', ['device float const *x [[buffer(0)]]', OUT, PARAMS].join(', ')],
    ['with spaces in the attribute', ['constant float *x [[ buffer ( 0 ) ]]', OUT, PARAMS].join(', ')],
  ])('%s fits its declaration', (_, parameters) => {
    expect(problem(parameters)).toBeUndefined();
  });

  it.each([
    ['that writes what is declared read', ['device float *x [[buffer(0)]]', OUT].join(', '), '"read"'],
    [
      'that cannot write what is declared write',
      [X, 'device const float *out [[buffer(1)]]'].join(', '),
      '"write"',
    ],
    [
      'with parameters that are not constant',
      [X, OUT, 'device Params &params [[buffer(2)]]'].join(', '),
      'constant',
    ],
    ['with a buffer too many', [X, OUT, PARAMS, 'device float *more [[buffer(3)]]'].join(', '), 'buffer 3'],
    ['without a binding', [X, PARAMS].join(', '), '"out"'],
  ])('%s is told what does not fit', (_, parameters, said) => {
    expect(problem(parameters)).toContain(said);
  });

  it('is told the line', () => {
    expect(problem([X, 'device const float *out [[buffer(1)]]'].join(',\n'))).toMatch(/^line 5: /);
  });

  it('is told that there is no such entry point', () => {
    expect(problem([X, OUT].join(', '), 'other')).toContain('"other"');
  });
});
