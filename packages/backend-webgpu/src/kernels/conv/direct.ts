/** Convolutions as sums, one output an invocation: for groups with few channels, and for the transpose. */

import type { Shader, Variant } from '../../kernel.js';
import { mapShader } from '../../wgsl/map.js';

const biasOf = ({ dtypes }: Variant) => (dtypes.bias === undefined ? '0.0' : 'bias_at(channel)');

const SIZE = 'params.batch * params.outChannels * params.outHeight * params.outWidth';

/** The coordinates of output i, and where the channels of its group begin. */
const COORDINATES = `  let ox = i % params.outWidth;
  let oy = (i / params.outWidth) % params.outHeight;
  let channel = (i / (params.outWidth * params.outHeight)) % params.outChannels;
  let image = i / (params.outWidth * params.outHeight * params.outChannels);
  let channels = params.channels / params.groups;
  let out_channels = params.outChannels / params.groups;
  let first = (channel / out_channels) * channels;
  let taps = params.kernelHeight * params.kernelWidth;`;

/** A tap whose row or column lies outside wraps to a large number, so one comparison finds it. */
export function directConv(variant: Variant): Shader {
  return mapShader(variant, {
    size: SIZE,
    declarations: `fn window(i: u32) -> f32 {
${COORDINATES}
  var sum = ${biasOf(variant)};
  for (var c = 0u; c < channels; c++) {
    let plane = (image * params.channels + first + c) * params.height;
    let weights = (channel * channels + c) * taps;
    for (var ky = 0u; ky < params.kernelHeight; ky++) {
      let y = oy * params.strideHeight + ky * params.dilationHeight - params.padTop;
      if (y >= params.height) { continue; }
      for (var kx = 0u; kx < params.kernelWidth; kx++) {
        let x = ox * params.strideWidth + kx * params.dilationWidth - params.padLeft;
        if (x >= params.width) { continue; }
        sum += x_at((plane + y) * params.width + x) * weight_at(weights + ky * params.kernelWidth + kx);
      }
    }
  }
  return sum;
}`,
    value: 'window(i)',
  });
}

export function directTranspose(variant: Variant): Shader {
  return mapShader(variant, {
    size: SIZE,
    declarations: `fn window(i: u32) -> f32 {
${COORDINATES}
  var sum = ${biasOf(variant)};
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    // Input y reaches this row where down is y * strideHeight; below 0 it wraps beyond every height.
    let down = oy + params.padTop - ky * params.dilationHeight;
    let y = down / params.strideHeight;
    if (y >= params.height || y * params.strideHeight != down) { continue; }
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let across = ox + params.padLeft - kx * params.dilationWidth;
      let x = across / params.strideWidth;
      if (x >= params.width || x * params.strideWidth != across) { continue; }
      for (var c = first; c < first + channels; c++) {
        let weights = (c * out_channels + channel % out_channels) * taps;
        sum += x_at(((image * params.channels + c) * params.height + y) * params.width + x)
          * weight_at(weights + ky * params.kernelWidth + kx);
      }
    }
  }
  return sum;
}`,
    value: 'window(i)',
  });
}
