/**
 * The work that is measured: layers of a small transformer, written down once and recorded by Wick and by
 * the naive encoder through the same calls. Three projections in parallel, two rotary embeddings in
 * parallel, two residuals; 3 or 4 bindings and 16 to 128 bytes of parameters a dispatch.
 */

import {
  type KernelConstants,
  type KernelContract,
  kernels,
  type ParamSpec,
  type ParamValues,
} from '@wick/core';

/** A dispatch in terms of whatever a target uses as buffers. */
export interface Call<B, S extends ParamSpec> {
  readonly bindings: Readonly<Record<string, B>>;
  readonly params: ParamValues<S>;
  readonly constants?: KernelConstants;
  readonly grid: readonly [number, number, number];
  readonly work?: number;
}

/** What records; a device of Wick is one. */
export interface Target<B> {
  createBuffer(options: { readonly byteLength: number; readonly label?: string }): B;
  dispatch<S extends ParamSpec>(kernel: KernelContract<S>, call: Call<B, S>): void;
}

const TOKENS = 64;
const WIDTH = 512;
const HEADS = 8;
const HIDDEN = 1536;
const LAYERS = 24;
const HEAD_SIZE = WIDTH / HEADS;
const STRIDES = [TOKENS * WIDTH, HEAD_SIZE, WIDTH];

/** Bytes of what flows from layer to layer, float32. */
export const ACTIVATION_BYTES = 4 * TOKENS * WIDTH;

const WEIGHTS = {
  norm: WIDTH,
  q: WIDTH * WIDTH,
  k: WIDTH * WIDTH,
  v: WIDTH * WIDTH,
  o: WIDTH * WIDTH,
  norm2: WIDTH,
  gate: WIDTH * HIDDEN,
  up: WIDTH * HIDDEN,
  down: HIDDEN * WIDTH,
};

type LayerWeights<B> = Record<keyof typeof WEIGHTS, B>;

export interface Weights<B> {
  readonly layers: readonly LayerWeights<B>[];
  readonly positions: B;
  readonly frequencies: B;
}

/** Makes the weights; `write` is called for each, so that it can be read. */
export function createWeights<B>(target: Target<B>, write: (buffer: B) => void): Weights<B> {
  const make = (label: string, elements: number): B => {
    const buffer = target.createBuffer({ byteLength: 4 * elements, label });
    write(buffer);
    return buffer;
  };
  const layers = Array.from({ length: LAYERS }, (_, i) => {
    const entries = Object.entries(WEIGHTS).map(([name, size]) => [name, make(`layers.${i}.${name}`, size)]);
    return Object.fromEntries(entries) as LayerWeights<B>;
  });
  return { layers, positions: make('positions', TOKENS), frequencies: make('frequencies', HEAD_SIZE / 2) };
}

/** Records exactly `count` dispatches that begin with `x`; returns the last output. */
export function recordWork<B>(target: Target<B>, weights: Weights<B>, x: B, count: number): B {
  const layer = new Layer(target, weights);
  let state = x;
  for (let left = count, i = 0; left > 0; i++) {
    const steps = layer.record(weights.layers[i % LAYERS], state, left);
    left -= steps.count;
    state = steps.out;
  }
  return state;
}

class Layer<B> {
  constructor(
    private readonly target: Target<B>,
    private readonly weights: Weights<B>,
  ) {}

  /** Records the layer, or its first `most` dispatches. */
  record(w: LayerWeights<B>, x: B, most: number): { readonly count: number; readonly out: B } {
    let out = x;
    let count = 0;
    const steps = this.#steps(w, x);
    while (count < most) {
      const step = steps.next();
      if (step.done) break;
      out = step.value;
      count++;
    }
    return { count, out };
  }

  *#steps(w: LayerWeights<B>, x: B): Generator<B, void> {
    const normed = this.#norm(x, w.norm);
    yield normed;
    const q = this.#matmul(normed, w.q, WIDTH, WIDTH);
    yield q;
    const k = this.#matmul(normed, w.k, WIDTH, WIDTH);
    yield k;
    const v = this.#matmul(normed, w.v, WIDTH, WIDTH);
    yield v;
    const turnedQ = this.#rope(q);
    yield turnedQ;
    const turnedK = this.#rope(k);
    yield turnedK;
    const attended = this.#attention(turnedQ, turnedK, v);
    yield attended;
    const projected = this.#matmul(attended, w.o, WIDTH, WIDTH);
    yield projected;
    const joined = this.#add(x, projected);
    yield joined;
    const normed2 = this.#norm(joined, w.norm2);
    yield normed2;
    const gate = this.#matmul(normed2, w.gate, HIDDEN, WIDTH);
    yield gate;
    const up = this.#matmul(normed2, w.up, HIDDEN, WIDTH);
    yield up;
    const gated = this.#gated(gate, up);
    yield gated;
    const down = this.#matmul(gated, w.down, WIDTH, HIDDEN);
    yield down;
    yield this.#add(joined, down);
  }

  #buffer(width: number, label: string): B {
    return this.target.createBuffer({ byteLength: 4 * TOKENS * width, label });
  }

  #norm(x: B, weight: B): B {
    const out = this.#buffer(WIDTH, 'norm');
    this.target.dispatch(kernels.rmsNorm, {
      bindings: { x, weight, out },
      params: { rows: TOKENS, width: WIDTH, eps: 1e-6 },
      grid: [TOKENS, 1, 1],
    });
    return out;
  }

  #matmul(a: B, b: B, n: number, k: number): B {
    const out = this.#buffer(n, 'product');
    this.target.dispatch(kernels.matmul, {
      bindings: { a, b, out },
      params: {
        m: TOKENS,
        n,
        k,
        batch: 1,
        batchShape: [1, 1, 1, 1],
        aBatchStrides: [0, 0, 0, 0],
        bBatchStrides: [0, 0, 0, 0],
      },
      constants: { transposeA: false, transposeB: true },
      grid: [n, TOKENS, 1],
      work: TOKENS * n * k,
    });
    return out;
  }

  #rope(x: B): B {
    const { positions, frequencies } = this.weights;
    const out = this.#buffer(WIDTH, 'rope');
    this.target.dispatch(kernels.rope, {
      bindings: { x, positions, frequencies, out },
      params: {
        batch: 1,
        heads: HEADS,
        length: TOKENS,
        size: HEAD_SIZE,
        rotary: HEAD_SIZE,
        strides: STRIDES,
      },
      constants: { style: 'half' },
      grid: [WIDTH, TOKENS, 1],
    });
    return out;
  }

  #attention(q: B, k: B, v: B): B {
    const out = this.#buffer(WIDTH, 'attention');
    this.target.dispatch(kernels.attention, {
      bindings: { q, k, v, out },
      params: {
        batch: 1,
        heads: HEADS,
        keyHeads: HEADS,
        queryLength: TOKENS,
        keyLength: TOKENS,
        size: HEAD_SIZE,
        valueSize: HEAD_SIZE,
        causalOffset: 0,
        scale: 0.125,
        qStrides: STRIDES,
        kStrides: STRIDES,
        vStrides: STRIDES,
        outStrides: STRIDES,
        maskStrides: [0, 0, 0, 0],
      },
      constants: { causal: true },
      grid: [TOKENS, HEADS, 1],
      work: 2 * TOKENS * TOKENS * WIDTH,
    });
    return out;
  }

  #gated(gate: B, up: B): B {
    const out = this.#buffer(HIDDEN, 'gated');
    this.target.dispatch(kernels.gated, {
      bindings: { gate, up, out },
      params: { rows: TOKENS, width: HIDDEN, gateRow: HIDDEN, gateOffset: 0, upRow: HIDDEN, upOffset: 0 },
      constants: { activation: 'silu' },
      grid: [HIDDEN, TOKENS, 1],
    });
    return out;
  }

  #add(a: B, b: B): B {
    const out = this.#buffer(WIDTH, 'sum');
    this.target.dispatch(kernels.binary, {
      bindings: { a, b, out },
      params: { size: TOKENS * WIDTH, shape: [TOKENS * WIDTH], aStrides: [1], bStrides: [1] },
      constants: { op: 'add', layout: 'contiguous' },
      grid: [TOKENS * WIDTH, 1, 1],
    });
    return out;
  }
}
