/** Reductions, running sums and softmax. */

import { kernels, REDUCE_OPS } from '@wick/core';
import { choice, dtypeOf, fixedParam, flag, mslKernel, sameDtype } from '../kernel.js';
import { lineWidth, specializedWidth } from '../msl/lines.js';
import { rankOf } from '../msl/strided.js';
import { isFloat } from '../msl/types.js';
import { lined, SCAN } from './scans.js';

const reduceSame = sameDtype('x', 'out');

export const reduce = mslKernel(kernels.reduce, {
  refuse(variant) {
    const mean = choice(variant, 'op', REDUCE_OPS) === 'mean';
    return mean && !isFloat(dtypeOf(variant, 'x'))
      ? `mean is not defined for ${variant.dtypes.x}`
      : reduceSame(variant);
  },
  /** Threads of a line and, of strided outputs, the axes that are kept and reduced. */
  specialize({ constants, params }) {
    const width = lineWidth(fixedParam(params.count), fixedParam(params.outputs));
    if (constants.layout === 'rows') return `${width}`;
    // Neighbouring outputs lie side by side where leading axes are reduced: a thread for each reads best.
    const apart = (fixedParam(params.outputs) ?? 0) >= 4096;
    return `${apart ? 1 : width}/${rankOf(params.keptShape)}/${rankOf(params.reducedShape)}`;
  },
  shader(variant) {
    const [width, kept = '0', reduced = '0'] = variant.specialization.split('/');
    const op = REDUCE_OPS.indexOf(choice(variant, 'op', REDUCE_OPS));
    return lined(dtypeOf(variant, 'out'), 'reduce_lines', specializedWidth(width), [
      { index: SCAN.op.index, type: SCAN.op.type, value: op },
      { index: SCAN.keptRank.index, type: SCAN.keptRank.type, value: Number(kept) },
      { index: SCAN.reducedRank.index, type: SCAN.reducedRank.type, value: Number(reduced) },
    ]);
  },
});

/** Threads of a line of [outer, count, inner]; lines side by side are read best by a thread each. */
function axisWidth(outer: number | undefined, count: number | undefined, inner: number | undefined) {
  const lines = outer === undefined || inner === undefined ? undefined : outer * inner;
  if (inner !== 1 && (lines === undefined || lines >= 1024)) return 1;
  return lineWidth(count, lines);
}

export const argReduce = mslKernel(kernels.argReduce, {
  specialize: ({ params: { outer, count, inner } }) =>
    String(axisWidth(fixedParam(outer), fixedParam(count), fixedParam(inner))),
  shader: (variant) =>
    lined(dtypeOf(variant, 'x'), 'arg_reduce', specializedWidth(variant.specialization), [
      flipConstant(choice(variant, 'op', ['argmax', 'argmin']) === 'argmin'),
    ]),
});

const flipConstant = (value: boolean) => ({ index: SCAN.flip.index, type: SCAN.flip.type, value }) as const;

export const cumsum = mslKernel(kernels.cumsum, {
  refuse: sameDtype('x', 'out'),
  specialize({ params: { outer, count, inner } }) {
    const width = axisWidth(fixedParam(outer), fixedParam(count), fixedParam(inner));
    return String(Math.min(width, 32));
  },
  shader: (variant) =>
    lined(dtypeOf(variant, 'out'), 'running_sum', specializedWidth(variant.specialization)),
});

export const softmax = mslKernel(kernels.softmax, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params: { outer, count, inner } }) =>
    String(axisWidth(fixedParam(outer), fixedParam(count), fixedParam(inner))),
  shader: (variant) =>
    lined(dtypeOf(variant, 'out'), 'softmax', specializedWidth(variant.specialization), [
      flipConstant(flag(variant, 'log')),
    ]),
});
