/** The layers of networks as methods; what each does is written on the function of the same name. */

import type { DType } from '@wick/core';
import * as attention from '../ops/attention.js';
import * as conv from '../ops/conv.js';
import * as conv1d from '../ops/conv1d.js';
import * as linear from '../ops/linear.js';
import * as matmul from '../ops/matmul.js';
import * as norm from '../ops/norm.js';
import type { QuantizedTensor } from '../ops/quantized.js';
import * as resize from '../ops/resize.js';
import * as rope from '../ops/rope.js';
import { LayoutMethods } from './layout.js';

export abstract class NetworkMethods extends LayoutMethods {
  matmul(other: this, options?: matmul.MatmulOptions<this>): this {
    return matmul.matmul(this, other, options);
  }
  linear(weight: this | QuantizedTensor<this>, bias?: this): this {
    return linear.linear(this, weight, bias);
  }
  /** `this` is the weight [rows, width]. */
  embedding(index: this, dtype?: DType): this {
    return linear.embedding(this, index, dtype);
  }
  layerNorm(options?: norm.AffineOptions<this>): this {
    return norm.layerNorm(this, options);
  }
  rmsNorm(options?: Omit<norm.AffineOptions<this>, 'bias'>): this {
    return norm.rmsNorm(this, options);
  }
  groupNorm(groups: number, options?: norm.AffineOptions<this>): this {
    return norm.groupNorm(this, groups, options);
  }
  batchNorm(options: norm.BatchNormOptions<this>): this {
    return norm.batchNorm(this, options);
  }
  globalResponseNorm(gamma: this, beta: this): this {
    return norm.globalResponseNorm(this, gamma, beta);
  }
  conv1d(weight: this, options?: conv1d.Conv1dOptions<this>): this {
    return conv1d.conv1d(this, weight, options);
  }
  convTranspose1d(weight: this, options?: conv1d.ConvTranspose1dOptions<this>): this {
    return conv1d.convTranspose1d(this, weight, options);
  }
  conv2d(weight: this, options?: conv.Conv2dOptions<this>): this {
    return conv.conv2d(this, weight, options);
  }
  convTranspose2d(weight: this, options?: conv.ConvTranspose2dOptions<this>): this {
    return conv.convTranspose2d(this, weight, options);
  }
  avgPool2d(options: resize.PoolOptions): this {
    return resize.avgPool2d(this, options);
  }
  maxPool2d(options: resize.PoolOptions): this {
    return resize.maxPool2d(this, options);
  }
  upsampleNearest(size: readonly [number, number]): this {
    return resize.upsampleNearest(this, size);
  }
  resizeBicubic(size: readonly [number, number]): this {
    return resize.resizeBicubic(this, size);
  }
  rope(positions: this, options?: rope.RopeOptions<this>): this {
    return rope.rope(this, positions, options);
  }
  /** `this` is the query. */
  attention(keys: this, values: this, options?: attention.AttentionOptions<this>): this {
    return attention.attention(this, keys, values, options);
  }
  timestepEmbedding(size: number, options?: attention.TimestepOptions): this {
    return attention.timestepEmbedding(this, size, options);
  }
}
