/**
 * A layer as a workload of the benchmark on WebGPU: a link of a chain, in which every link waits for the one
 * before, as the layers of a network do.
 */

import type { Tensor } from '@wick/tensor';
import type { OnnxDType, OnnxNode } from '../webgpu/onnx.js';
import type { Workload } from '../webgpu/workloads.js';
import type { CountedLayer } from './layers.js';
import { type Operation, operationOf } from './operation.js';

/** Multiply-adds of a long chain: some ten milliseconds of a large GPU. */
const CHAIN_WORK = 80e9;
const [SHORTEST, LONGEST] = [6, 22];

export function chainOf({ name, layer, work }: CountedLayer, dtype: OnnxDType): Workload {
  const operation = operationOf(layer);
  const chain = Math.min(Math.max(Math.round(CHAIN_WORK / work), SHORTEST), LONGEST);
  const link = `${operation.shape}` === `${operation.out}` ? directLink(operation) : elementLink(operation);
  return { ...{ name, dtype, chain, work: { flops: 2 * work } }, ...link };
}

type Link = Pick<Workload, 'shape' | 'constants' | 'onnx' | 'wick'>;

/** The result is the input of the next link. */
function directLink({ shape, constants, onnx, wick }: Operation): Link {
  return {
    ...{ shape, constants },
    onnx: (input, output) => onnx(input, output),
    wick: (x, constant) => wick(x, constant),
  };
}

/**
 * One element of the result is added to the bias of the next link, or to its input where it has no bias:
 * adding to a vector takes next to no time.
 */
function elementLink({ shape, out, constants, onnx, wick }: Operation): Link {
  const biased = constants.some(({ name }) => name === 'bias');
  const changed = biased ? 'bias' : 'x';
  return {
    shape: [1],
    constants: [...constants, { name: 'x', shape, spread: 1 }],
    onnx(input, output): readonly OnnxNode[] {
      const name = (what: string): string => `${output}.${what}`;
      const ints = (what: string, values: readonly number[]): OnnxNode => ({
        ...{ op: 'Constant', inputs: [], output: name(what) },
        attributes: { value_ints: { ints: values } },
      });
      const result = name('result');
      return [
        { op: 'Add', inputs: [changed, input], output: name('changed') },
        ...(biased ? onnx('x', result, name('changed')) : onnx(name('changed'), result)),
        ints(
          'starts',
          out.map(() => 0),
        ),
        ints(
          'ends',
          out.map(() => 1),
        ),
        ints('one', [1]),
        { op: 'Slice', inputs: [result, name('starts'), name('ends')], output: name('first') },
        { op: 'Reshape', inputs: [name('first'), name('one')], output },
      ];
    },
    wick(y, constant): Tensor {
      const moved = constant(changed).add(y);
      const result = biased ? wick(constant('x'), constant, moved) : wick(moved, constant);
      return result
        .slice(
          out.map(() => 0),
          out.map(() => 1),
        )
        .reshape([1]);
    },
  };
}
