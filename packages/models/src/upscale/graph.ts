/** What follows from the layers of a network alone: channels, sizes, how far an output sees. */

import { WickError } from '@wick/core';
import type { TfjsLayer, TfjsModel } from '../tfjs/model-json.js';
import type { ParameterInfo } from '../weights/check.js';

/** Figures of a network that makes pictures of pictures. */
export interface GraphFigures {
  /** Rows and columns of the result for each of the picture. */
  readonly scale: number;
  /** How far an output sees, in pixels of the picture. */
  readonly reach: number;
  readonly parameters: readonly ParameterInfo[];
}

/** What is known of the planes that a layer gives. */
interface Planes {
  readonly channels: number;
  /** Rows and columns for each of the picture. */
  readonly scale: readonly [rows: number, columns: number];
  /** Pixels of the picture. */
  readonly reach: number;
}

/** Channels of a picture. */
const RGB = 3;

/**
 * Follows the sizes through the layers.
 *
 * @throws WickError `BAD_MODEL` where they do not fit, or where no picture comes out: three channels, grown
 * alike in both directions
 */
export function checkGraph(model: TfjsModel): GraphFigures {
  const known = new Map<string, Planes>();
  const parameters: ParameterInfo[] = [];
  for (const layer of model.layers) {
    const inputs = layer.inputs.flatMap((name) => known.get(name) ?? []);
    known.set(layer.name, follow(layer, inputs));
    if (layer.kind.type === 'conv') parameters.push(...convParameters(layer, inputs[0]?.channels ?? 0));
  }
  const [first, last] = [known.get(model.input), known.get(model.output)];
  if (first?.channels !== RGB || last?.channels !== RGB || last.scale[0] !== last.scale[1]) {
    throw new WickError('BAD_MODEL', 'this network does not make pictures of pictures', {
      label: model.output,
    });
  }
  return { scale: last.scale[0], reach: Math.ceil(last.reach), parameters };
}

function follow({ name, kind }: TfjsLayer, inputs: readonly Planes[]): Planes {
  const [x] = inputs;
  if (kind.type === 'input') return { channels: kind.channels, scale: [1, 1], reach: 0 };
  if (x === undefined) throw refuse(name, 'takes nothing');
  const reach = Math.max(...inputs.map((input) => input.reach));
  if (inputs.some(({ scale }) => scale[0] !== x.scale[0] || scale[1] !== x.scale[1])) {
    throw refuse(name, 'joins planes of different sizes');
  }
  switch (kind.type) {
    case 'conv': {
      if (x.channels % kind.groups !== 0 || kind.outputs % kind.groups !== 0) {
        throw refuse(name, `has ${kind.groups} groups for ${x.channels} and ${kind.outputs} channels`);
      }
      const rows = [0, 1].map(
        (axis) => (((kind.kernel[axis] - 1) / 2) * kind.dilation[axis]) / x.scale[axis],
      );
      return { channels: kind.outputs, scale: x.scale, reach: reach + Math.max(...rows) };
    }
    case 'activation':
      return x;
    case 'concatenate':
      return { ...x, channels: inputs.reduce((sum, { channels }) => sum + channels, 0), reach };
    case 'add':
      if (inputs.some(({ channels }) => channels !== x.channels)) {
        throw refuse(name, 'adds planes of different channels');
      }
      return { ...x, reach };
    case 'upsample':
      return { ...x, scale: [x.scale[0] * kind.factor[0], x.scale[1] * kind.factor[1]], reach };
  }
}

/** The parameters of a convolution under the names and in the order of axes that Keras gives them. */
function convParameters({ name, kind }: TfjsLayer, channels: number): ParameterInfo[] {
  if (kind.type !== 'conv') return [];
  const shape = [...kind.kernel, channels / kind.groups, kind.outputs];
  const kernel = { name: `${name}/kernel`, shape };
  return kind.bias ? [kernel, { name: `${name}/bias`, shape: [kind.outputs] }] : [kernel];
}

function refuse(name: string, what: string): WickError {
  return new WickError('BAD_MODEL', `layer ${name} ${what}`, { label: name });
}
