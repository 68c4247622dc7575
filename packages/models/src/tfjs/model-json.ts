/**
 * `model.json` of a TensorFlow.js layers model: the layers of a Keras functional network and a manifest of
 * its weights (https://github.com/tensorflow/tfjs, `tfjs-layers` and `io/types.ts`). Only what networks of
 * pictures need is read; everything else is refused by name.
 */

import { WickError } from '@wick/core';
import * as v from 'valibot';
import { isPlainFileName } from '../bytes/source.js';
import { parseAs } from '../schema.js';
import { type LayerKind, readLayerKind } from './layer-kind.js';

/** A layer with the names of the layers that it takes. */
export interface TfjsLayer {
  readonly name: string;
  readonly kind: LayerKind;
  readonly inputs: readonly string[];
}

/** One tensor of the manifest. */
export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Files whose bytes follow each other, and the tensors that fill them, in order. */
export interface TfjsWeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly TfjsWeight[];
}

/** What a `model.json` says. */
export interface TfjsModel {
  /** In an order in which each layer comes after those that it takes. */
  readonly layers: readonly TfjsLayer[];
  readonly input: string;
  readonly output: string;
  readonly groups: readonly TfjsWeightGroup[];
}

const MAX_LAYERS = 4096;
const MAX_NODES = 64;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
/** Layer, node and tensor index, arguments of the call. */
const reference = v.looseTuple([name, v.literal(0), v.literal(0)]);
const fileName = v.pipe(v.string(), v.check(isPlainFileName, 'not the name of a file beside model.json'));

const schema = v.object({
  format: v.literal('layers-model'),
  modelTopology: v.object({
    model_config: v.object({
      class_name: v.picklist(['Functional', 'Model']),
      config: v.object({
        layers: v.pipe(
          v.array(
            v.object({
              class_name: v.string(),
              config: v.record(v.string(), v.unknown()),
              name,
              inbound_nodes: v.pipe(
                v.array(v.pipe(v.array(reference), v.maxLength(MAX_NODES))),
                v.maxLength(1),
              ),
            }),
          ),
          v.minLength(1),
          v.maxLength(MAX_LAYERS),
        ),
        input_layers: v.tuple([reference]),
        output_layers: v.tuple([reference]),
      }),
    }),
  }),
  weightsManifest: v.pipe(
    v.array(
      v.object({
        paths: v.pipe(v.array(fileName), v.minLength(1), v.maxLength(MAX_LAYERS)),
        weights: v.pipe(
          v.array(
            v.object({
              name,
              shape: v.pipe(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(1))), v.maxLength(8)),
              dtype: v.literal('float32'),
              quantization: v.optional(v.undefined('quantised weights cannot be read')),
            }),
          ),
          v.maxLength(MAX_LAYERS),
        ),
      }),
    ),
    v.maxLength(MAX_LAYERS),
  ),
});

/**
 * Reads a parsed `model.json` with one input and one output, and float32 weights.
 *
 * @throws WickError `BAD_FILE` where the file is not of this form, `BAD_MODEL` where the network has
 * something that Wick does not, or its layers do not fit together
 */
export function parseTfjsModel(json: unknown, label = 'model.json'): TfjsModel {
  const file = parseAs(schema, json, label, 'BAD_FILE');
  const { layers, input_layers, output_layers } = file.modelTopology.model_config.config;
  const [[input], [output]] = [input_layers[0], output_layers[0]];
  const found = new Map<string, TfjsLayer>();
  for (const { name, class_name, config, inbound_nodes } of layers) {
    if (found.has(name)) throw refuse(label, `two layers are called ${name}`);
    const inputs = inbound_nodes.flat().map(([from]) => from);
    found.set(name, { name, kind: readLayerKind(class_name, config, `${label}: layer ${name}`), inputs });
  }
  const ordered = order(found, output, label);
  const sources = ordered.filter(({ kind }) => kind.type === 'input');
  if (sources.length !== 1 || sources[0]?.name !== input) {
    throw refuse(label, `${output} does not come from the one input ${input}`);
  }
  for (const { name, kind, inputs } of ordered) {
    const wanted = kind.type === 'input' ? 0 : kind.type === 'add' || kind.type === 'concatenate' ? 2 : 1;
    const fits = wanted === 2 ? inputs.length >= 2 : inputs.length === wanted;
    if (!fits) throw refuse(label, `layer ${name} takes ${inputs.length} others`);
  }
  return { layers: ordered, input, output, groups: file.weightsManifest };
}

/** The layers that the output needs, each after those that it takes. */
function order(layers: ReadonlyMap<string, TfjsLayer>, output: string, label: string): TfjsLayer[] {
  const ordered = new Map<string, TfjsLayer>();
  const open = new Set<string>();
  // With a stack of its own: a chain of layers may be longer than that of calls.
  const stack = [output];
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const layer = layers.get(name);
    if (layer === undefined) throw refuse(label, `there is no layer ${name}, which another one takes`);
    const missing = layer.inputs.find((input) => !ordered.has(input));
    if (missing === undefined) {
      ordered.set(name, layer);
      open.delete(name);
      stack.pop();
      continue;
    }
    open.add(name);
    if (open.has(missing)) throw refuse(label, `layer ${missing} takes itself`);
    stack.push(missing);
  }
  return [...ordered.values()];
}

function refuse(label: string, what: string): WickError {
  return new WickError('BAD_MODEL', `${label}: ${what}.`, { label });
}
