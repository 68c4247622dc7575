/**
 * Quantisers for tests: each value is rounded to the nearest that its block can express, with plain
 * choices of the scales. The formats are described in src/gguf/dequantize.ts.
 */

/** The bits of the float16 nearest to `value`, ties to even. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const step = 2 ** (exponent - 10);
  // Rounding up to the next power of two carries into the exponent by itself.
  const fraction = roundEven(size / step);
  return size === 0 ? sign : sign | ((exponent + 14) * 1024 + fraction);
}

function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}

/** The value of a scale after it was stored as float16. */
function stored(view: DataView, at: number, value: number): number {
  const bits = float16Bits(value);
  view.setUint16(at, bits, true);
  const exponent = bits >>> 10;
  return exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
const quantum = (value: number, scale: number): number => (scale === 0 ? 0 : Math.round(value / scale));

type BlockQuantizer = (values: Float32Array, view: DataView) => void;

const q8_0: BlockQuantizer = (values, view) => {
  const d = stored(view, 0, Math.max(...values.map(Math.abs)) / 127);
  for (const [i, x] of values.entries()) view.setInt8(2 + i, clamp(quantum(x, d), -128, 127));
};

const q4_0: BlockQuantizer = (values, view) => {
  const d = stored(view, 0, Math.max(...values.map(Math.abs)) / 7);
  const q = Array.from(values, (x) => clamp(quantum(x, d) + 8, 0, 15));
  for (let i = 0; i < 16; i++) view.setUint8(2 + i, q[i] | (q[i + 16] << 4));
};

const q4_K: BlockQuantizer = (values, view) => {
  const groups = Array.from({ length: 8 }, (_, g) => values.subarray(32 * g, 32 * g + 32));
  const minimum = groups.map((group) => Math.max(0, -Math.min(...group)));
  const scale = groups.map((group, g) => Math.max(0, Math.max(...group) + minimum[g]) / 15);
  const d = stored(view, 0, Math.max(...scale) / 63);
  const m = stored(view, 2, Math.max(...minimum) / 63);
  const s = scale.map((value) => clamp(quantum(value, d), 0, 63));
  const t = minimum.map((value) => clamp(quantum(value, m), 0, 63));
  for (let j = 0; j < 4; j++) {
    view.setUint8(4 + j, s[j] | ((s[j + 4] >>> 4) << 6));
    view.setUint8(8 + j, t[j] | ((t[j + 4] >>> 4) << 6));
    view.setUint8(12 + j, (s[j + 4] & 15) | ((t[j + 4] & 15) << 4));
  }
  const q = Array.from(values, (x, i) => clamp(quantum(x + m * t[i >>> 5], d * s[i >>> 5]), 0, 15));
  for (let pair = 0; pair < 4; pair++) {
    for (let i = 0; i < 32; i++)
      view.setUint8(16 + 32 * pair + i, q[64 * pair + i] | (q[64 * pair + 32 + i] << 4));
  }
};

const q6_K: BlockQuantizer = (values, view) => {
  const scale = Array.from({ length: 16 }, (_, g) => {
    const group = values.subarray(16 * g, 16 * g + 16);
    return Math.max(...group.map(Math.abs)) / 31;
  });
  const d = stored(view, 208, Math.max(...scale) / 127);
  const s = scale.map((value) => clamp(quantum(value, d), -128, 127));
  for (const [g, value] of s.entries()) view.setInt8(192 + g, value);
  const q = Array.from(values, (x, i) => clamp(quantum(x, d * s[i >>> 4]) + 32, 0, 63));
  for (let half = 0; half < 2; half++) {
    for (let i = 0; i < 32; i++) {
      const [a, b, c, e] = [0, 32, 64, 96].map((step) => q[128 * half + step + i]);
      view.setUint8(64 * half + i, (a & 15) | ((c & 15) << 4));
      view.setUint8(64 * half + 32 + i, (b & 15) | ((e & 15) << 4));
      view.setUint8(128 + 32 * half + i, (a >>> 4) | ((b >>> 4) << 2) | ((c >>> 4) << 4) | ((e >>> 4) << 6));
    }
  }
};

const FORMATS = {
  Q8_0: { elements: 32, bytes: 34, quantize: q8_0 },
  Q4_0: { elements: 32, bytes: 18, quantize: q4_0 },
  Q4_K: { elements: 256, bytes: 144, quantize: q4_K },
  Q6_K: { elements: 256, bytes: 210, quantize: q6_K },
} as const;

export type QuantizedType = keyof typeof FORMATS;

/** The blocks of values, whose number is a multiple of the format's block. */
export function quantize(type: QuantizedType, values: Float32Array): Uint8Array {
  const { elements, bytes, quantize: block } = FORMATS[type];
  const out = new Uint8Array((values.length / elements) * bytes);
  for (let i = 0; i * elements < values.length; i++) {
    const view = new DataView(out.buffer, i * bytes, bytes);
    block(values.subarray(i * elements, (i + 1) * elements), view);
  }
  return out;
}
