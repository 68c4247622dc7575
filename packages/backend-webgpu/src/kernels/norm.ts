/** Normalisations. */

import { kernels } from '@wick/core';
import { fixedParam, sameDtype, wgslKernel } from '../kernel.js';
import { lineShader, lineWidth } from '../wgsl/lines.js';

export const rmsNorm = wgslKernel(kernels.rmsNorm, {
  refuse: sameDtype('x', 'out'),
  /** Invocations a row. */
  specialize: ({ params }) => String(lineWidth(fixedParam(params.width))),
  shader(variant) {
    const weight = variant.dtypes.weight === undefined ? '' : ' * weight_at(j)';
    return lineShader({
      width: Number(variant.specialization),
      lines: 'params.rows',
      reductions: { added: (a, b) => `${a} + ${b}` },
      body: ({ all, each }) => `  let begin = line * params.width;
  var own = 0.0;
  ${each('params.width', 'let value = x_at(begin + j); own += value * value;')}
  let inverse = inverseSqrt(${all('added', 'own')} / f32(params.width) + params.eps);
  ${each('params.width', `put_out(begin + j, x_at(begin + j) * inverse${weight});`)}`,
    });
  },
});
