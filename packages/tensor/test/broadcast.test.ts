import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, expand, permute, slice, sub, sum, type Tensor, tensor, where } from '../src/index.js';
import { broadcastStrides, collapse } from '../src/shape/broadcast.js';
import { rowMajorStrides, sizeOf } from '../src/shape/shape.js';
import { useDevice } from './device.js';

const use = useDevice();
const RUNS = { numRuns: 60 };

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 6 });

/** A shape, and one that broadcasts to it: some axes 1, some leading ones left out. */
const narrowed = (shape: readonly number[]) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, drop]) => shape.map((length, axis) => (ones[axis] ? 1 : length)).slice(drop));

const operands = shapes.chain((shape) => fc.tuple(fc.constant(shape), narrowed(shape), narrowed(shape)));

/** Every coordinate of a shape, row-major. */
function* coordinates(shape: readonly number[]): Generator<number[]> {
  if (shape.includes(0)) return;
  const at = shape.map(() => 0);
  for (;;) {
    yield [...at];
    let axis = shape.length - 1;
    while (axis >= 0 && ++at[axis] === shape[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}

/** The element of a row-major array at the coordinates of a shape that its own broadcasts to. */
function pick(values: readonly number[], shape: readonly number[], at: readonly number[]): number {
  const lead = at.length - shape.length;
  let index = 0;
  shape.forEach((length, axis) => {
    index = index * length + (length === 1 ? 0 : at[axis + lead]);
  });
  return values[index];
}

const counted = (shape: readonly number[], from = 0) =>
  Array.from({ length: sizeOf(shape) }, (_, i) => from + i);

const make = (shape: readonly number[], from = 0) => tensor(use.device, counted(shape, from), shape);

async function read(fn: () => Tensor): Promise<number[]> {
  using result = use.device.run(fn);
  return [...(await result.data())];
}

/** What numpy broadcasts: 1 gives way to anything, 0 included. */
const broadcast = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) => shape[axis - rank + shape.length] ?? 1);
    return x === 1 ? y : x;
  });
};

describe('broadcasting on a device', () => {
  it('is that of the plain loop', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ([, a, b]) => {
        const shape = broadcast(a, b);
        const wanted = [...coordinates(shape)].map(
          (at) => pick(counted(a), a, at) - pick(counted(b, 100), b, at),
        );
        expect(await read(() => sub(make(a), make(b, 100)))).toEqual(wanted);
      }),
      RUNS,
    );
  });

  it('holds for three operands', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ([shape, a, b]) => {
        const wanted = [...coordinates(shape)].map((at) =>
          pick(counted(shape), shape, at) % 3 === 0 ? pick(counted(a), a, at) : pick(counted(b, 100), b, at),
        );
        const condition = () => {
          const values = counted(shape).map((value) => value % 3 === 0);
          return tensor(use.device, new Uint8Array(values.map(Number)), shape, 'bool');
        };
        expect(await read(() => where(condition(), make(a), make(b, 100)))).toEqual(wanted);
      }),
      RUNS,
    );
  });

  it('expands as the plain loop', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ([shape, a]) => {
        const wanted = [...coordinates(shape)].map((at) => pick(counted(a), a, at));
        expect(await read(() => expand(make(a), shape))).toEqual(wanted);
      }),
      RUNS,
    );
  });
});

describe('strided reading on a device', () => {
  it('permutes as the plain loop', async () => {
    const orders = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ([shape, order]) => {
        const result = order.map((axis) => shape[axis]);
        const wanted = [...coordinates(result)].map((at) => {
          const source = shape.map((_, axis) => at[order.indexOf(axis)]);
          return pick(counted(shape), shape, source);
        });
        expect(await read(() => permute(make(shape), order))).toEqual(wanted);
      }),
      RUNS,
    );
  });

  it('slices as the plain loop', async () => {
    const bound = fc.integer({ min: -6, max: 6 });
    const cuts = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.tuple(bound, bound, fc.integer({ min: 1, max: 3 })), {
          minLength: shape.length,
          maxLength: shape.length,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cuts, async ([shape, cut]) => {
        const axes = shape.map((length, axis) => {
          const [start, stop, step] = cut[axis];
          const whole = Array.from({ length }, (_, i) => i);
          return whole.slice(start, stop).filter((_, i) => i % step === 0);
        });
        const wanted = [...coordinates(axes.map((axis) => axis.length))].map((at) =>
          pick(
            counted(shape),
            shape,
            at.map((i, axis) => axes[axis][i]),
          ),
        );
        const column = (i: number) => cut.map((entry) => entry[i]);
        expect(await read(() => slice(make(shape), column(0), column(1), column(2)))).toEqual(wanted);
      }),
      RUNS,
    );
  });

  it('reduces any axes as the plain loop', async () => {
    const reductions = shapes.chain((shape) =>
      fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, axis) => axis))),
    );
    await fc.assert(
      fc.asyncProperty(reductions, async ([shape, axes]) => {
        const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
        const wanted = counted(kept).map(() => 0);
        for (const at of coordinates(shape)) {
          const to = at.map((i, axis) => (axes.includes(axis) ? 0 : i));
          const index = to.reduce((sum, i, axis) => sum * kept[axis] + i, 0);
          wanted[index] += pick(counted(shape), shape, at);
        }
        expect(await read(() => sum(make(shape), axes, { keepdim: true }))).toEqual(wanted);
      }),
      RUNS,
    );
  });
});

describe('collapsing', () => {
  it('visits the same elements in the same order', () => {
    fc.assert(
      fc.property(operands, ([shape, a, b]) => {
        fc.pre(!shape.includes(0));
        const strides = [broadcastStrides(a, shape), broadcastStrides(b, shape), rowMajorStrides(shape)];
        const nest = collapse(shape, strides);
        const walk = (sizes: readonly number[], steps: readonly number[]) =>
          [...coordinates(sizes)].map((at) => at.reduce((sum, i, axis) => sum + i * steps[axis], 0));
        strides.forEach((own, i) => {
          expect(walk(nest.shape, nest.strides[i])).toEqual(walk(shape, own));
        });
        expect(nest.shape.length).toBeLessThanOrEqual(shape.length);
      }),
    );
  });

  it('makes equal shapes one run', async () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        fc.pre(!shape.includes(0));
        const nest = collapse(shape, [rowMajorStrides(shape), rowMajorStrides(shape)]);
        expect(nest.shape.length).toBeLessThanOrEqual(1);
      }),
    );
    expect(await read(() => add(make([2, 3]), make([1])))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
