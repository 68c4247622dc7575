/**
 * The frame of a PNG file: signature and chunks (https://www.w3.org/TR/png-3). A file comes from anywhere,
 * so sizes are checked here before the library that decodes the pixels sees it.
 */

import { WickError } from '@wick/core';
import { Unzlib } from 'fflate';

/** What the header of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples per pixel: 1 for grey or an index into the palette, 2 and 4 with opacity. */
  readonly channels: number;
  readonly indexed: boolean;
  readonly interlaced: boolean;
}

/** Pixels of the largest picture that is read: 16384 x 16384. */
const MAX_PIXELS = 2 ** 28;
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const INDEXED = 3;
/** Samples per pixel and the bits that a sample may have, by colour type. */
const COLOUR_TYPES: Readonly<Record<number, { channels: number; depths: readonly number[] } | undefined>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  [INDEXED]: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
/** Chunks that the pixels depend on; all others are left out, compressed texts and profiles among them. */
const KEPT: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);
/** The passes of Adam7: first column and row, distance of columns and rows. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** What is inflated at once: no more than about a thousand times as much comes out. */
const STEP_BYTES = 4096;

/**
 * Checks the frame of a PNG and that its pixels inflate to what the header says, and gives the header and
 * the file without the chunks that the pixels do not need.
 *
 * @throws WickError `BAD_FILE`
 */
export function readPngFrame(bytes: Uint8Array, label: string): { header: PngHeader; file: Uint8Array } {
  const bad = (what: string): WickError => new WickError('BAD_FILE', `${label}: ${what}.`, { label });
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw bad('this is not a PNG file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE.length)];
  const pixels: Uint8Array[] = [];
  let header: PngHeader | undefined;
  let at = SIGNATURE.length;
  for (let type = ''; type !== 'IEND'; ) {
    if (at + 12 > bytes.length) throw bad(`it ends at byte ${bytes.length}, inside a chunk`);
    const length = view.getUint32(at);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) throw bad(`chunk ${JSON.stringify(type)} at byte ${at} leaves the file`);
    const content = bytes.subarray(at + 8, end - 4);
    if ((header === undefined) !== (type === 'IHDR')) throw bad(`chunk ${JSON.stringify(type)} is misplaced`);
    if (type === 'IHDR') header = readHeader(content, bad);
    if (type === 'IDAT') pixels.push(content);
    // Opacity of a palette; of other pictures it is one colour that counts as transparent, and stays as it is.
    if (KEPT.has(type) || (type === 'tRNS' && header?.indexed)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  if (header === undefined) throw bad('it has no header');
  checkPixels(pixels, inflatedBytes(header), bad);
  return { header, file: join(kept) };
}

function readHeader(content: Uint8Array, bad: (what: string) => WickError): PngHeader {
  if (content.length !== 13) throw bad(`its header has ${content.length} bytes, not 13`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, , , interlace] = content.subarray(8);
  const kind = COLOUR_TYPES[colour];
  if (width === 0 || height === 0 || width * height > MAX_PIXELS) {
    throw bad(`${width} x ${height} pixels are none, or more than ${MAX_PIXELS}`);
  }
  if (!kind?.depths.includes(depth)) throw bad(`there is no colour type ${colour} with ${depth} bits`);
  const interlaced = interlace === 1;
  // What the library makes of the passes of these is wrong; hardly any are written.
  if (interlaced && depth < 8) throw bad(`interlaced pixels of ${depth} bits cannot be read`);
  return { width, height, depth, channels: kind.channels, indexed: colour === INDEXED, interlaced };
}

/** Bytes of the filtered rows, each with the byte of its filter in front. */
function inflatedBytes({ width, height, depth, channels, interlaced }: PngHeader): number {
  const plane = (columns: number, rows: number): number =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * channels * depth) / 8));
  if (!interlaced) return plane(width, height);
  const count = (size: number, first: number, step: number) => Math.max(0, Math.ceil((size - first) / step));
  return ADAM7.reduce((sum, [x, y, dx, dy]) => sum + plane(count(width, x, dx), count(height, y, dy)), 0);
}

/** Inflates in small steps without keeping anything, so that no file makes memory of what it does not claim. */
function checkPixels(parts: readonly Uint8Array[], expected: number, bad: (what: string) => WickError): void {
  let found = 0;
  const inflate = new Unzlib((chunk) => {
    found += chunk.length;
    if (found > expected) throw bad(`its pixels inflate to more than the ${expected} bytes of its size`);
  });
  try {
    for (const part of parts) {
      for (let from = 0; from < part.length; from += STEP_BYTES) {
        inflate.push(part.subarray(from, from + STEP_BYTES));
      }
    }
    inflate.push(new Uint8Array(0), true);
  } catch (cause) {
    if (cause instanceof WickError) throw cause;
    throw bad(`its pixels cannot be inflated: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (found < expected) throw bad(`its pixels are cut off: ${found} of ${expected} bytes`);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
