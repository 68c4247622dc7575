/**
 * A super-resolution network: a graph of convolutions over the pixels of a picture, for example the residual
 * dense network (Zhang et al. 2018) that ESRGAN (Wang et al. 2018) builds on. Planes are [n, channels, h, w]
 * here and [n, h, w, channels] in the files.
 */

import { type Device, WickError } from '@wick/core';
import { concat, conv2d, relu, type Tensor, upsampleNearest } from '@wick/tensor';
import type { ForwardHooks } from '../diffusion/networks/layers.js';
import type { LayerKind, TfjsActivation } from '../tfjs/layer-kind.js';
import type { TfjsModel } from '../tfjs/model-json.js';
import { type LoadedWeights, type LoadWeightsOptions, loadWeights } from '../weights/load.js';
import type { Weights } from '../weights/weights.js';
import { checkGraph, type GraphFigures } from './graph.js';

export class UpscaleNetwork implements Disposable {
  private constructor(
    readonly device: Device,
    private readonly model: TfjsModel,
    /** Rows of the result for each row of a picture, and how far an output sees. */
    readonly figures: GraphFigures,
    private readonly weights: LoadedWeights,
    /** Kernels as [outputs, inputs / groups, rows, columns], by layer. */
    private readonly kernels: ReadonlyMap<string, Tensor>,
  ) {}

  /**
   * Reads the weights and uploads them.
   *
   * @throws WickError `BAD_MODEL` when they do not fit the layers, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    model: TfjsModel,
    weights: Weights,
    options: Pick<LoadWeightsOptions, 'onProgress' | 'signal'> = {},
  ): Promise<UpscaleNetwork> {
    const figures = checkGraph(model);
    const loaded = await loadWeights(device, weights, figures.parameters, options);
    const kernels = new Map<string, Tensor>();
    for (const { name, kind } of model.layers) {
      if (kind.type !== 'conv') continue;
      // Keras has [rows, columns, inputs, outputs].
      const stored = loaded.plain(`${name}/kernel`);
      kernels.set(name, device.run(() => stored.permute([3, 2, 0, 1]), { label: 'reorder' }).keep());
      stored.dispose();
    }
    return new UpscaleNetwork(device, model, figures, loaded, kernels);
  }

  get parameterCount(): number {
    return this.weights.parameterCount;
  }

  /**
   * Records a forward pass. `observe` is shown the result of each layer under its name.
   *
   * @param picture float32 [n, channels, h, w]
   * @returns [n, channels, h * scale, w * scale]
   */
  forward(picture: Tensor, { observe }: ForwardHooks = {}): Tensor {
    const { device, model } = this;
    const results = new Map<string, Tensor>();
    const resultOf = (name: string): Tensor => {
      const found = results.get(name);
      if (found === undefined) throw new WickError('BAD_MODEL', `there is no layer ${name}`, { label: name });
      return found;
    };
    for (const { name, kind, inputs } of model.layers) {
      const result = device.group(name, () => this.#apply(name, kind, inputs.map(resultOf), picture));
      observe?.(name, result);
      results.set(name, result);
    }
    return resultOf(model.output);
  }

  #apply(name: string, kind: LayerKind, inputs: readonly Tensor[], picture: Tensor): Tensor {
    const [x = picture, ...others] = inputs;
    switch (kind.type) {
      case 'input':
        return picture;
      case 'conv':
        return activate(this.#convolve(name, kind, x), kind.activation);
      case 'activation':
        return activate(x, kind.activation);
      case 'concatenate':
        return concat(inputs, 1);
      case 'add':
        return others.reduce((sum, other) => sum.add(other), x);
      case 'upsample': {
        const [, , height, width] = x.shape;
        return upsampleNearest(x, [height * kind.factor[0], width * kind.factor[1]]);
      }
    }
  }

  #convolve(name: string, kind: Extract<LayerKind, { type: 'conv' }>, x: Tensor): Tensor {
    const kernel = this.kernels.get(name);
    if (kernel === undefined) throw new WickError('BAD_MODEL', `${name} has no kernel`, { label: name });
    const { dilation, groups } = kind;
    const padding = [0, 1].map((axis) => ((kind.kernel[axis] - 1) / 2) * dilation[axis]);
    return conv2d(x, kernel, {
      padding: [padding[0], padding[1]],
      dilation,
      groups,
      bias: kind.bias ? this.weights.plain(`${name}/bias`) : undefined,
    });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    for (const kernel of this.kernels.values()) kernel[Symbol.dispose]();
    this.weights[Symbol.dispose]();
  }
}

function activate(x: Tensor, activation: TfjsActivation): Tensor {
  return activation === 'relu' ? relu(x) : x;
}
