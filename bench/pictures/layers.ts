/** The layers that a network spends its time in, as its plan names them. */

import type { Command, Plan } from '@wick/core';

type Dispatch = Extract<Command, { kind: 'dispatch' }>;

/** What the plan says of a layer; all of them in one dtype, weights stored as the networks store them. */
export type Layer =
  /** A convolution of [batch, channels, height, width] with square padding. */
  | {
      readonly kind: 'conv2d';
      readonly shape: readonly [batch: number, channels: number, height: number, width: number];
      readonly weight: readonly [outChannels: number, perGroup: number, height: number, width: number];
      readonly out: readonly [batch: number, channels: number, height: number, width: number];
      readonly stride: number;
      readonly padding: number;
      readonly groups: number;
      readonly bias: boolean;
    }
  /** Products [m, k] x [k, n], with one weight [n, k] if `transposed`. */
  | {
      readonly kind: 'matmul';
      readonly batch: number;
      readonly m: number;
      readonly k: number;
      readonly n: number;
      readonly transposed: boolean;
      readonly bias: boolean;
    }
  /** Queries [batch, queries, heads, size] that look at all of `keys` keys and values. */
  | {
      readonly kind: 'attention';
      readonly batch: number;
      readonly heads: number;
      readonly queries: number;
      readonly keys: number;
      readonly size: number;
    };

/** How often a layer occurs, and what one costs. */
export interface CountedLayer {
  readonly name: string;
  readonly layer: Layer;
  readonly count: number;
  /** Multiply-adds of one. */
  readonly work: number;
}

/** Kinds of layers of a plan. */
export interface HeavyLayers {
  /** Those with the most work that together do at least the share of it, the heaviest kind first. */
  readonly layers: readonly CountedLayer[];
  /** Units of work of all dispatches of the plan. */
  readonly whole: number;
}

export function heavyLayers({ recording }: Plan, share: number): HeavyLayers {
  const found = new Map<string, CountedLayer>();
  let whole = 0;
  for (const command of recording.commands) {
    if (command.kind !== 'dispatch') continue;
    const { work } = command;
    whole += work;
    const layer = layerOf(command, recording.params);
    if (layer === undefined) continue;
    const name = nameOf(layer);
    found.set(name, { name, layer, work, count: (found.get(name)?.count ?? 0) + 1 });
  }
  const all = [...found.values()].sort((a, b) => b.work * b.count - a.work * a.count);
  let done = 0;
  const layers = all.filter(({ work, count }) => {
    const needed = done < share * whole;
    done += work * count;
    return needed;
  });
  return { layers, whole };
}

function nameOf(layer: Layer): string {
  if (layer.kind === 'attention') {
    const { batch, heads, size, queries, keys } = layer;
    return `attention, ${heads} heads of ${size}, ${batch} x ${queries} to ${keys}`;
  }
  const plain = layer.bias ? '' : ', no bias';
  if (layer.kind === 'matmul') return `matmul ${layer.batch} x ${layer.m}x${layer.k}x${layer.n}${plain}`;
  const { shape, weight, stride } = layer;
  const step = stride === 1 ? '' : `, stride ${stride}`;
  return `conv ${weight[2]}x${weight[3]}, ${shape[1]} to ${weight[0]}, ${shape[0]} x ${shape[2]}x${shape[3]}${step}${plain}`;
}

function layerOf(command: Dispatch, params: Uint8Array): Layer | undefined {
  const { kernel, constants, dtypes } = command.request;
  const view = new DataView(params.buffer, params.byteOffset + command.paramsOffset, command.paramsLength);
  const value = (name: string): number => {
    const field = kernel.params.fields.find((one) => one.name === name);
    if (field === undefined) throw new Error(`${kernel.name} has no parameter ${name}`);
    return view.getUint32(field.offset, true);
  };
  const has = (binding: string): boolean =>
    dtypes[kernel.bindings.findIndex(({ name }) => name === binding)] !== undefined;
  switch (kernel.name) {
    case 'matmul':
      return {
        ...{ kind: 'matmul', batch: value('batch'), m: value('m'), k: value('k'), n: value('n') },
        ...{ transposed: constants.transposeB === true, bias: has('bias') },
      };
    case 'attention':
      if (has('mask') || constants.causal === true) return undefined;
      return {
        ...{ kind: 'attention', batch: value('batch'), heads: value('heads'), size: value('size') },
        ...{ queries: value('queryLength'), keys: value('keyLength') },
      };
    case 'conv2d': {
      const [batch, channels, groups] = [value('batch'), value('channels'), value('groups')];
      const outChannels = value('outChannels');
      return {
        kind: 'conv2d',
        shape: [batch, channels, value('height'), value('width')],
        weight: [outChannels, channels / groups, value('kernelHeight'), value('kernelWidth')],
        out: [batch, outChannels, value('outHeight'), value('outWidth')],
        stride: value('strideHeight'),
        padding: value('padTop'),
        groups,
        bias: has('bias'),
      };
    }
    default:
      return undefined;
  }
}
