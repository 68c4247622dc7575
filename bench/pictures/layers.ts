/** The layers that a network spends its time in, as its plan names them. */

import type { Command, Plan } from '@wick/core';

/** A convolution of [batch, channels, height, width] with square padding, or a product [m, k] x [k, n]. */
export type Layer =
  | {
      readonly kind: 'conv2d';
      readonly shape: readonly [batch: number, channels: number, height: number, width: number];
      readonly weight: readonly [outChannels: number, perGroup: number, height: number, width: number];
      readonly stride: number;
      readonly padding: number;
      readonly groups: number;
    }
  | {
      readonly kind: 'matmul';
      readonly batch: number;
      readonly m: number;
      readonly k: number;
      readonly n: number;
    };

/** How often a layer occurs, and what one costs. */
export interface CountedLayer {
  readonly name: string;
  readonly layer: Layer;
  readonly count: number;
  /** Multiply-adds of one. */
  readonly work: number;
}

/** The layers with the most work that together do at least `share` of it, the heaviest kind first. */
export function heavyLayers({ recording }: Plan, share: number): readonly CountedLayer[] {
  const found = new Map<string, CountedLayer>();
  for (const command of recording.commands) {
    const layer = layerOf(command, recording.params);
    if (layer === undefined) continue;
    const name = nameOf(layer);
    const { work } = command as Extract<Command, { kind: 'dispatch' }>;
    found.set(name, { name, layer, work, count: (found.get(name)?.count ?? 0) + 1 });
  }
  const all = [...found.values()].sort((a, b) => b.work * b.count - a.work * a.count);
  const whole = all.reduce((sum, { work, count }) => sum + work * count, 0);
  let done = 0;
  return all.filter(({ work, count }) => {
    const needed = done < share * whole;
    done += work * count;
    return needed;
  });
}

function nameOf(layer: Layer): string {
  if (layer.kind === 'matmul') return `matmul ${layer.batch} x ${layer.m}x${layer.k}x${layer.n}`;
  const { shape, weight, stride } = layer;
  const step = stride === 1 ? '' : `, stride ${stride}`;
  return `conv ${weight[2]}x${weight[3]}, ${shape[1]} to ${weight[0]}, ${shape[0]} x ${shape[2]}x${shape[3]}${step}`;
}

function layerOf(command: Command, params: Uint8Array): Layer | undefined {
  if (command.kind !== 'dispatch') return undefined;
  const { kernel } = command.request;
  const view = new DataView(params.buffer, params.byteOffset + command.paramsOffset, command.paramsLength);
  const value = (name: string): number => {
    const field = kernel.params.fields.find((one) => one.name === name);
    if (field === undefined) throw new Error(`${kernel.name} has no parameter ${name}`);
    return view.getUint32(field.offset, true);
  };
  if (kernel.name === 'matmul') {
    return { kind: 'matmul', batch: value('batch'), m: value('m'), k: value('k'), n: value('n') };
  }
  if (kernel.name !== 'conv2d') return undefined;
  const groups = value('groups');
  return {
    kind: 'conv2d',
    shape: [value('batch'), value('channels'), value('height'), value('width')],
    weight: [value('outChannels'), value('channels') / groups, value('kernelHeight'), value('kernelWidth')],
    stride: value('strideHeight'),
    padding: value('padTop'),
    groups,
  };
}
