/**
 * Cutting a picture into tiles for a network whose outputs see only so far. Each tile is computed with a
 * halo as wide as that reach and keeps its core, so the cores together are what the whole picture gives:
 * there is no seam to hide. At the edges of the picture the halo ends, and the network pads as it always does.
 */

import { WickError } from '@wick/core';
import type { Rectangle } from '../image/image.js';

/** One tile, in the pixels of the whole. */
export interface Tile {
  /** What is kept. The cores of all tiles cover the whole without overlap. */
  readonly core: Rectangle;
  /** What is computed: the core and its halo, inside of the whole. */
  readonly input: Rectangle;
}

/** Options of `planTiles`. */
export interface TileOptions {
  /** Longest side of a core, in pixels. */
  readonly size: number;
  /** How far an output sees beyond itself, in pixels. */
  readonly halo: number;
  /** Cores and inputs begin at multiples of this. Default: 1. */
  readonly multiple?: number;
}

/** An extent along one axis. */
interface Span {
  readonly start: number;
  readonly length: number;
}

/**
 * Tiles of a picture, row by row; one tile where everything fits.
 *
 * @throws WickError `INVALID_ARGUMENT` for a size below `multiple`
 */
export function planTiles(
  width: number,
  height: number,
  { size, halo, multiple = 1 }: TileOptions,
): readonly Tile[] {
  if (!Number.isSafeInteger(size) || size < multiple) {
    throw new WickError('INVALID_ARGUMENT', `tiles of ${size} pixels are below the least, ${multiple}`);
  }
  const margin = Math.ceil(halo / multiple) * multiple;
  const columns = spans(width, size, multiple);
  return spans(height, size, multiple).flatMap((row) =>
    columns.map((column) => {
      const x = widen(column, margin, width);
      const y = widen(row, margin, height);
      return { core: rectangle(column, row), input: rectangle(x, y) };
    }),
  );
}

/** As few spans as there must be, of nearly equal length. */
function spans(length: number, size: number, multiple: number): Span[] {
  const most = Math.floor(size / multiple) * multiple;
  const count = Math.ceil(length / most);
  const step = Math.ceil(length / count / multiple) * multiple;
  const result: Span[] = [];
  for (let start = 0; start < length; start += step) {
    result.push({ start, length: Math.min(step, length - start) });
  }
  return result;
}

function widen({ start, length }: Span, margin: number, limit: number): Span {
  const from = Math.max(0, start - margin);
  return { start: from, length: Math.min(limit, start + length + margin) - from };
}

function rectangle(columns: Span, rows: Span): Rectangle {
  return { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
}

/** Where the core lies inside of the tile's input. */
export function coreInside({ core, input }: Tile): Rectangle {
  return { ...core, left: core.left - input.left, top: core.top - input.top };
}
