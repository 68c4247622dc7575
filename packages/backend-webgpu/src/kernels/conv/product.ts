/**
 * Convolution as a product (Chellapilla, Puri, Simard 2006) whose second factor is never written down: rows
 * are the channels of a group, columns the pixels of all images, and k runs over the taps of all channels,
 * as the weights do.
 */

import type { Variant } from '../../kernel.js';
import type { Gemm, LoadWidth } from '../gemm/gemm.js';

/** What a shader is made for. */
export interface ConvForm {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Whether a channel's weights are a multiple of four. */
  readonly weights: boolean;
  /** Whether four neighbouring pixels lie in one row of one image. */
  readonly rows: boolean;
  /** Whether a plane of the output is a multiple of four. */
  readonly planes: boolean;
  /** Whether the columns are the pixels themselves: 1 x 1, stride 1, no padding. */
  readonly pointwise: boolean;
}

/** @param width neighbours that a load gives: four in float32, or eight in float16 */
export function convProduct(variant: Variant, form: ConvForm, width: LoadWidth): Gemm {
  const type = width === 8 ? 'f16' : 'f32';
  const bias = variant.dtypes.bias === undefined ? '' : ' + bias_at(channel)';
  const vectors = form.pointwise && form.planes;
  const read = type === 'f16' ? 'raw' : 'four';
  return {
    rows: '(params.outChannels / params.groups)',
    columns: '(params.batch * params.outHeight * params.outWidth)',
    depth: depthOf(form),
    batch: 'params.groups',
    gathered: !vectors,
    a: {
      along: 'k',
      load: (side, i) =>
        width === 8
          ? `eight(weight_quad(tile.z, ${side}, ${i}), weight_quad(tile.z, ${side}, ${i} + 4u))`
          : `weight_quad(tile.z, ${side}, ${i})`,
    },
    b: {
      along: 'side',
      load: (_, i) =>
        width === 8
          ? `eight(pixel_quad(pixels, ${i}), pixel_quad(more_pixels, ${i}))`
          : `pixel_quad(pixels, ${i})`,
    },
    declarations: `${width === 8 ? EIGHT : ''}${weightCode(form, type)}
${vectors ? pointwiseCode(form, type, read) : pixelCode(form, type)}
fn store_one(group: u32, row: u32, column: u32, value: f32) {
  let rows = params.outChannels / params.groups;
  let plane = params.outHeight * params.outWidth;
  if (row >= rows || column >= params.batch * plane) { return; }
  let channel = group * rows + row;
  put_out(((column / plane) * params.outChannels + channel) * plane + column % plane, value${bias});
}
fn store_quad(group: u32, row: u32, column: u32, value: vec4f) {
${
  form.planes
    ? `  let rows = params.outChannels / params.groups;
  let plane = params.outHeight * params.outWidth;
  if (row >= rows || column >= params.batch * plane) { return; }
  let channel = group * rows + row;
  let at = ((column / plane) * params.outChannels + channel) * plane + column % plane;
  put_out_four(at / 4u, value${bias}, 4u);`
    : '  for (var c = 0u; c < 4u; c++) { store_one(group, row, column + c, value[c]); }'
}
}`,
    prelude: `  let pixels = pixels_of(tile.z, b_side);
${width === 8 ? '  let more_pixels = pixels_of(tile.z, b_side + 4u);' : ''}`,
    store: (row, column, value) => `  store_one(tile.z, ${row}, ${column}, ${value});`,
    storeQuad: (row, column, value) => `  store_quad(tile.z, ${row}, ${column}, ${value});`,
    vectors: [
      ...(vectors ? ['x'] : []),
      ...(form.weights ? ['weight'] : []),
      ...(form.planes ? ['out'] : []),
    ],
  };
}

const EIGHT = `fn eight(low: vec4<f16>, high: vec4<f16>) -> vec4u {
  return vec4u(bitcast<vec2u>(low), bitcast<vec2u>(high));
}
`;

const tapsOf = ({ kernelHeight, kernelWidth }: ConvForm) => kernelHeight * kernelWidth;
const depthOf = (form: ConvForm) => `(params.channels / params.groups * ${tapsOf(form)}u)`;

function weightCode(form: ConvForm, type: 'f32' | 'f16'): string {
  const read = type === 'f16' ? 'raw' : 'four';
  const body = form.weights
    ? `  return weight_${read}((row * depth + i) / 4u);`
    : `  var quad = vec4<${type}>();
  for (var c = 0u; c < 4u; c++) {
    if (i + c < depth) { quad[c] = ${type}(weight_at(row * depth + i + c)); }
  }
  return quad;`;
  return `fn weight_quad(group: u32, own: u32, i: u32) -> vec4<${type}> {
  let rows = params.outChannels / params.groups;
  let depth = ${depthOf(form)};
  if (own >= rows || i >= depth) { return vec4<${type}>(); }
  let row = group * rows + own;
${body}
}`;
}

/** Pixels are where they are: quads of a plane. */
function pointwiseCode(form: ConvForm, type: 'f32' | 'f16', read: string): string {
  return `const NOWHERE = 0xffffffffu;
fn pixels_of(group: u32, column: u32) -> u32 {
  let plane = params.outHeight * params.outWidth;
  if (column >= params.batch * plane) { return NOWHERE; }
  let first = (column / plane) * params.channels + group * (params.channels / params.groups);
  return first * plane + column % plane;
}
fn pixel_quad(at: u32, i: u32) -> vec4<${type}> {
  if (at == NOWHERE || i >= ${depthOf(form)}) { return vec4<${type}>(); }
  return x_${read}((at + i * params.outHeight * params.outWidth) / 4u);
}`;
}

/**
 * The windows of four pixels: where the channels of their images begin, and their first row and column, which
 * wrap below 0 and so are found outside like those beyond the end.
 */
function pixelCode(form: ConvForm, type: 'f32' | 'f16'): string {
  // One row for four pixels, or four rows.
  const many = form.rows ? 'u32' : 'vec4u';
  const taps = tapsOf(form);
  const element = (c: string) => `${type}(x_at(safe.${c}))`;
  return `const OUTSIDE = 0x80000000u;
struct Pixels { begin: ${many}, y: ${many}, x: vec4u }
fn pixels_of(group: u32, column: u32) -> Pixels {
  let plane = params.outHeight * params.outWidth;
  let columns = ${form.rows ? 'column' : 'vec4u(column) + vec4u(0u, 1u, 2u, 3u)'};
  let inner = columns % plane;
  let first = (columns / plane) * params.channels + group * (params.channels / params.groups);
  let y = select((inner / params.outWidth) * params.strideHeight - params.padTop, ${many}(OUTSIDE), columns >= ${many}(params.batch * plane));
  let x = vec4u(inner % params.outWidth)${form.rows ? ' + vec4u(0u, 1u, 2u, 3u)' : ''};
  return Pixels(first * params.height * params.width, y, x * params.strideWidth - params.padLeft);
}
fn pixel_quad(pixels: Pixels, i: u32) -> vec4<${type}> {
  if (i >= ${depthOf(form)}) { return vec4<${type}>(); }
  let c = i / ${taps}u;
  let tap = i % ${taps}u;
  let y = pixels.y + (tap / ${form.kernelWidth}u) * params.dilationHeight;
  let x = pixels.x + (tap % ${form.kernelWidth}u) * params.dilationWidth;
  let row = pixels.begin + (c * params.height + y) * params.width;
  let inside = (${form.rows ? 'vec4u(y)' : 'y'} < vec4u(params.height)) & (x < vec4u(params.width));
  let safe = select(vec4u(), row + x, inside);
  let quad = vec4<${type}>(${['x', 'y', 'z', 'w'].map(element).join(', ')});
  return select(vec4<${type}>(), quad, inside);
}`;
}
