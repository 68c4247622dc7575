import { defineKernel, type KernelDefinition, type ParamSpec } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../helpers/errors.js';

const good: KernelDefinition<ParamSpec> = {
  name: 'mine.add',
  bindings: { x: 'read', out: 'write' },
  reference() {},
};

describe('defineKernel', () => {
  it('keeps bindings in order, float32 and required where nothing else is said', () => {
    const kernel = defineKernel({
      ...good,
      bindings: {
        x: 'read',
        mask: { access: 'read', dtypes: ['bool'], optional: true },
        state: { access: 'readWrite', dtypes: ['float16', 'int32'] },
      },
      params: { n: 'u32' },
      constants: { op: ['a', 'b'] },
      summary: 'adds',
    });
    expect(kernel.bindings).toEqual([
      { name: 'x', access: 'read', dtypes: ['float32'], optional: false },
      { name: 'mask', access: 'read', dtypes: ['bool'], optional: true },
      { name: 'state', access: 'readWrite', dtypes: ['float16', 'int32'], optional: false },
    ]);
    expect(kernel.params.byteLength).toBe(16);
    expect(kernel).toMatchObject({ name: 'mine.add', constants: { op: ['a', 'b'] }, summary: 'adds' });
    expect(Object.isFrozen(kernel)).toBe(true);
  });

  it('takes a source for one backend in place of a reference', () => {
    const { reference: _, ...without } = good;
    const sources = { webgpu: { wgsl: 'fn main() {}' } };
    expect(defineKernel({ ...without, sources }).sources).toEqual(sources);
    expect(codeOf(() => defineKernel(without))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => defineKernel({ ...without, sources: { webgpu: undefined } as never }))).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it.each<[string, object]>([
    ['no name', { name: '' }],
    ['a name that begins with a digit', { name: '1st' }],
    ['a name with a blank', { name: 'a b' }],
    ['a binding that is no identifier', { bindings: { 'a-b': 'write' } }],
    ['an unknown access', { bindings: { out: 'append' } }],
    ['an unknown dtype', { bindings: { out: { access: 'write', dtypes: ['float64'] } } }],
    ['an optional binding that is written', { bindings: { out: { access: 'write', optional: true } } }],
    ['nothing written', { bindings: { x: 'read' } }],
    ['no bindings', { bindings: {} }],
    ['an unknown parameter type', { params: { n: 'f64' } }],
    ['a parameter that is no identifier', { params: { 'n!': 'u32' } }],
  ])('refuses %s', (_, change) => {
    expect(codeOf(() => defineKernel({ ...good, ...change } as typeof good))).toBe('INVALID_ARGUMENT');
  });
});
