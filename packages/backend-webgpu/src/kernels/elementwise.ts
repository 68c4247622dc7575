/** Kernels that compute every element of the output from the elements at the same place. */

import {
  BINARY_OPS,
  type BinaryOp,
  binaryResult,
  binarySupports,
  GATES,
  kernels,
  UNARY_OPS,
  unarySupports,
} from '@wick/core';
import { choice, dtypeOf, flag, sameDtype, type Variant, wgslKernel } from '../kernel.js';
import { mapShader, zipShader } from '../wgsl/map.js';
import { rankOf, specializedRank, stridedOffsets } from '../wgsl/strided.js';
import { valueType } from '../wgsl/types.js';
import { binaryExpression, conversion, gateExpression, unaryExpression } from './functions.js';

const unarySame = sameDtype('x', 'out');

export const unary = wgslKernel(kernels.unary, {
  refuse(variant) {
    const op = choice(variant, 'op', UNARY_OPS);
    const dtype = dtypeOf(variant, 'x');
    return unarySupports(op, dtype) ? unarySame(variant) : `${op} is not defined for ${dtype}`;
  },
  shader(variant) {
    const value = unaryExpression(choice(variant, 'op', UNARY_OPS), dtypeOf(variant, 'x'), 'x');
    return zipShader(variant, { inputs: ['x'], size: 'params.size', value });
  },
});

function refuseBinary(variant: Variant, op: BinaryOp, input: string): string | undefined {
  const dtype = dtypeOf(variant, input);
  const result = binaryResult(op, dtype);
  if (!binarySupports(op, dtype)) return `${op} is not defined for ${dtype}`;
  return dtypeOf(variant, 'out') === result
    ? undefined
    : `${op} of ${dtype} writes ${result}, not ${dtypeOf(variant, 'out')}`;
}

const binarySame = sameDtype('a', 'b');

export const binary = wgslKernel(kernels.binary, {
  refuse: (variant) => refuseBinary(variant, choice(variant, 'op', BINARY_OPS), 'a') ?? binarySame(variant),
  specialize: ({ constants, params }) =>
    constants.layout === 'contiguous' ? '' : String(rankOf(params.shape)),
  shader(variant) {
    const dtype = dtypeOf(variant, 'a');
    const value = binaryExpression(choice(variant, 'op', BINARY_OPS), dtype, 'a', 'b');
    if (choice(variant, 'layout', ['contiguous', 'broadcast']) === 'contiguous') {
      return zipShader(variant, { inputs: ['a', 'b'], size: 'params.size', value });
    }
    const type = valueType(dtype);
    const rank = specializedRank(variant.specialization);
    return mapShader(variant, {
      size: 'params.size',
      declarations: `${stridedOffsets({ name: 'offsets', shape: 'shape', strides: ['aStrides', 'bStrides'], rank })}
fn value_of(a: ${type}, b: ${type}) -> ${valueType(dtypeOf(variant, 'out'))} { return ${value}; }
fn value_from(at: vec2u) -> ${valueType(dtypeOf(variant, 'out'))} { return value_of(a_at(at.x), b_at(at.y)); }`,
      value: 'value_from(offsets(i))',
    });
  },
});

export const binaryScalar = wgslKernel(kernels.binaryScalar, {
  refuse: (variant) => refuseBinary(variant, choice(variant, 'op', BINARY_OPS), 'x'),
  shader(variant) {
    const dtype = dtypeOf(variant, 'x');
    const type = valueType(dtype);
    const scalar = { f32: 'params.scalar', i32: 'params.integer', u32: 'bitcast<u32>(params.integer)' }[type];
    const op = choice(variant, 'op', BINARY_OPS);
    const [a, b] = flag(variant, 'reversed') ? ['scalar', 'x'] : ['x', 'scalar'];
    return zipShader(variant, {
      inputs: ['x'],
      size: 'params.size',
      declarations: `fn combine(x: ${type}, scalar: ${type}) -> ${valueType(dtypeOf(variant, 'out'))} {
  return ${binaryExpression(op, dtype, a, b)};
}`,
      value: `combine(x, ${scalar})`,
    });
  },
});

export const select = wgslKernel(kernels.select, {
  refuse: sameDtype('a', 'b', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader(variant) {
    const type = valueType(dtypeOf(variant, 'out'));
    const rank = specializedRank(variant.specialization);
    const strides = ['conditionStrides', 'aStrides', 'bStrides'];
    return mapShader(variant, {
      size: 'params.size',
      declarations: `${stridedOffsets({ name: 'offsets', shape: 'shape', strides, rank })}
fn value_from(at: vec3u) -> ${type} {
  if (condition_at(at.x) != 0u) { return a_at(at.y); }
  return b_at(at.z);
}`,
      value: 'value_from(offsets(i))',
    });
  },
});

export const cast = wgslKernel(kernels.cast, {
  shader: (variant) =>
    zipShader(variant, {
      inputs: ['x'],
      size: 'params.size',
      value: conversion(dtypeOf(variant, 'x'), dtypeOf(variant, 'out'), 'x'),
    }),
});

export const gated = wgslKernel(kernels.gated, {
  refuse: sameDtype('gate', 'up', 'out'),
  shader(variant) {
    const activation = choice(variant, 'activation', GATES);
    return mapShader(variant, {
      size: '(params.rows * params.width)',
      declarations: `fn gated(row: u32, column: u32) -> f32 {
  let g = gate_at(row * params.gateRow + params.gateOffset + column);
  return up_at(row * params.upRow + params.upOffset + column) * (${gateExpression(activation, 'g')});
}`,
      value: 'gated(i / params.width, i % params.width)',
    });
  },
});
