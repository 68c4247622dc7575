/** Scaled dot-product attention, and the sinusoidal embedding of timesteps. */

import { type DType, kernels, MAX_HEAD_SIZE, ReplayParam, WickError } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import { broadcastShapes, broadcastStrides } from '../shape/broadcast.js';
import { formatShape, sameShape } from '../shape/shape.js';
import { checkWhole } from '../shape/window.js';
import type { Scalar } from './binary.js';
import { checkDType, checkOperands, checkRank, FLOATS } from './check.js';
import { type HeadLayout, type Heads, headsOf, headsShape } from './layout.js';

/** Options of {@link attention}. */
export interface AttentionOptions<T> {
  /** Query i sees keys 0 .. i + (keyLength - queryLength). Default: false. */
  readonly causal?: boolean;
  /**
   * Broadcast to [batch, heads, queryLength, keys], keys being the whole axis of k: bool shows a key where
   * it is true, a float is added to the scores.
   */
  readonly mask?: T | undefined;
  /** Factor of the scores. Default: 1 / sqrt(size). */
  readonly scale?: number;
  /** Order of the axes of q, k, v and the result. Default: `bhld`. */
  readonly layout?: HeadLayout;
  /** How many of the keys count, from the first: the fill of a cache. Default: all. */
  readonly keyLength?: Scalar;
}

function checkHeads(op: string, q: Heads, k: Heads, v: Heads): void {
  const of = ({ batch, heads, length, size }: Heads) => `${batch} x ${heads} heads of ${length} x ${size}`;
  if (
    k.batch !== q.batch ||
    v.batch !== q.batch ||
    k.heads !== v.heads ||
    k.length !== v.length ||
    k.size !== q.size
  ) {
    throw shapeError(op, `q has ${of(q)}, k ${of(k)}, v ${of(v)}, which do not fit`);
  }
  if (q.heads > 0 && (k.heads === 0 || q.heads % k.heads !== 0)) {
    throw shapeError(op, `${q.heads} query heads do not divide by ${k.heads} key heads`);
  }
  for (const size of [q.size, v.size]) {
    if (size > MAX_HEAD_SIZE) {
      throw new WickError(
        'LIMIT_EXCEEDED',
        `${op}: a head of ${size} elements, at most ${MAX_HEAD_SIZE} are possible`,
        {
          label: op,
        },
      );
    }
  }
}

/** Strides of the mask along batch, head, query and key. */
function maskStrides(op: string, mask: TensorBase | undefined, q: Heads, k: Heads): number[] {
  if (mask === undefined) return [];
  checkDType(op, 'mask', mask, ['bool', ...FLOATS]);
  const scores = [q.batch, q.heads, q.length, k.length];
  if (mask.rank > 4 || !sameShape(broadcastShapes(op, [mask.shape, scores]), scores)) {
    throw shapeError(
      op,
      `the mask ${formatShape(mask.shape)} does not broadcast to the scores ${formatShape(scores)}`,
    );
  }
  return broadcastStrides(mask.shape, scores);
}

/** keyLength - queryLength, also for a length that replays supply. */
function causalOffset(keyLength: Scalar, queryLength: number): Scalar {
  return typeof keyLength === 'number' ? keyLength - queryLength : keyLength.plus(-queryLength);
}

/**
 * softmax(q k^T * scale + mask) v for each head. q is [batch, heads, queryLength, size], k [batch,
 * keyHeads, keys, size], v [batch, keyHeads, keys, valueSize]; heads is a multiple of keyHeads, and key
 * head h serves the query heads h * g .. h * g + g - 1, g = heads / keyHeads. The result is [batch, heads,
 * queryLength, valueSize] in the dtype of q; q, k and v may mix float32 and float16. A query that sees no
 * key gives NaN. Vaswani et al. 2017; grouped heads: Ainslie et al. 2023.
 *
 * `LIMIT_EXCEEDED` for heads of more than 256 elements, `OUT_OF_RANGE` for a keyLength beyond the keys.
 */
export function attention<T extends TensorBase>(q: T, k: T, v: T, options: AttentionOptions<T> = {}): T {
  const op = 'attention';
  const { causal = false, mask, layout = 'bhld' } = options;
  checkOperands(op, q, k, v, mask);
  for (const [name, x] of Object.entries({ q, k, v })) checkDType(op, name, x, FLOATS);
  const query = headsOf(op, 'q', q, layout);
  const key = headsOf(op, 'k', k, layout);
  const value = headsOf(op, 'v', v, layout);
  checkHeads(op, query, key, value);
  const strides = maskStrides(op, mask, query, key);
  const scale = options.scale ?? 1 / Math.sqrt(Math.max(query.size, 1));
  if (!Number.isFinite(scale)) throw argumentError(op, `scale is ${scale}`);
  const keyLength = options.keyLength ?? key.length;
  const keysNow = keyLength instanceof ReplayParam ? keyLength.value : keyLength;
  checkWhole(op, 'keyLength', keysNow);
  if (keysNow > key.length) {
    throw new WickError('OUT_OF_RANGE', `${op}: keyLength is ${keysNow}, but k has ${key.length} keys`, {
      label: op,
    });
  }
  const { batch, heads, length } = query;
  const shape = headsShape(layout, batch, heads, length, value.size);
  if (key.length === 0) return q.filled(Number.NaN, shape, q.dtype, op);
  const out = q.create(shape, q.dtype, op);
  out.launch(kernels.attention, {
    bindings: { q, k, v, mask, out },
    params: {
      batch,
      heads,
      keyHeads: key.heads,
      queryLength: length,
      keyLength,
      size: query.size,
      valueSize: value.size,
      causalOffset: causalOffset(keyLength, length),
      scale,
      qStrides: [...query.strides],
      kStrides: [...key.strides],
      vStrides: [...value.strides],
      outStrides: [...headsOf(op, 'out', out, layout).strides],
      maskStrides: strides,
    },
    constants: { causal },
    grid: [length, heads, batch],
    label: op,
    work: batch * heads * length * key.length * (query.size + value.size),
  });
  return out;
}

/** Options of {@link timestepEmbedding}. */
export interface TimestepOptions {
  /** [cos, sin] in place of [sin, cos]. Default: false. */
  readonly flip?: boolean;
  /** Taken off half the size in the frequencies. Default: 0. */
  readonly shift?: number;
  /** float32 or float16. Default: that of t. */
  readonly dtype?: DType;
}

/**
 * t [n] becomes [n, size]: with half = size / 2 and frequency i = exp(-ln(10000) i / (half - shift)), the
 * sines of t times each frequency, then the cosines. t is a float tensor. Ho, Jain, Abbeel 2020, as diffusers
 * writes it. `INVALID_ARGUMENT` for an odd size, or a shift that is not below half of it.
 */
export function timestepEmbedding<T extends TensorBase>(
  t: T,
  size: number,
  options: TimestepOptions = {},
): T {
  const op = 'timestep_embedding';
  const { flip = false, shift = 0, dtype = t.dtype } = options;
  checkOperands(op, t);
  checkDType(op, 't', t, FLOATS);
  checkRank(op, 't', t, 1, '[n]');
  checkWhole(op, 'size', size, 2);
  if (!FLOATS.includes(dtype)) throw argumentError(op, `the result cannot be ${dtype}`);
  if (size % 2 !== 0) throw argumentError(op, `size is ${size}, which is odd`);
  if (!(shift < size / 2)) throw argumentError(op, `shift is ${shift}, not below half of the size ${size}`);
  const out = t.create([t.size, size], dtype, op);
  out.launch(kernels.timestepEmbedding, {
    bindings: { t, out },
    params: { count: t.size, size, shift },
    constants: { flip },
    grid: [size / 2, t.size, 1],
    label: op,
  });
  return out;
}
