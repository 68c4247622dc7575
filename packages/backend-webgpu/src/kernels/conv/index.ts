/** Convolutions of [n, c, h, w]. */

import { kernels } from '@wick/core';
import { wgslKernel } from '../../kernel.js';
import { directConv, directTranspose } from './direct.js';

export const conv2d = wgslKernel(kernels.conv2d, {
  shader: directConv,
});

export const convTranspose2d = wgslKernel(kernels.convTranspose2d, {
  shader: directTranspose,
});
