/**
 * Finds the shapes in a picture without knowing what was asked for: `judge.py` of training/shapes-diffusion.
 * The background is the median colour of the border. What differs from it is split into connected parts;
 * each part's colour is the nearest of the palette, and its shape the one that, drawn with the part's area
 * and centre of mass, overlaps it best.
 */

import type { RgbImage } from '@wick/models';
import { coverage, shapeDistances, shapeMoments } from './outlines.js';
import { BACKGROUND_VALUES, COLOUR_VALUES, type Colour, distance, PIXELS } from './scenes.js';

/** A shape in a picture; lengths in pixels. */
export interface FoundShape {
  readonly shape: number;
  readonly colour: number;
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

export interface FoundScene {
  readonly background: number;
  readonly shapes: readonly FoundShape[];
}

/** How far a pixel of a shape is from the background at least, in levels of 255. */
const CONTRAST = 60;
/** Parts of fewer pixels do not count. */
const LEAST_PIXELS = 12;
const COUNT = PIXELS * PIXELS;
const MOMENTS = shapeMoments();

/** @param picture 64 x 64 pixels */
export function findShapes(picture: RgbImage): FoundScene {
  const ground = borderColour(picture);
  const far = Array.from({ length: COUNT }, (_, i) => distance(pixel(picture, i), ground) > CONTRAST);
  const shapes = components(far)
    .filter((part) => part.size >= LEAST_PIXELS)
    .map((part) => measure(picture, ground, part));
  return { background: nearest(ground, BACKGROUND_VALUES), shapes };
}

function pixel({ data }: RgbImage, i: number): Colour {
  return [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
}

/** The lower median of each channel over the four edges. */
function borderColour(picture: RgbImage): Colour {
  const last = PIXELS - 1;
  const edge = Array.from({ length: PIXELS }, (_, i) => [
    i,
    last * PIXELS + i,
    i * PIXELS,
    i * PIXELS + last,
  ]);
  const colours = edge.flat().map((i) => pixel(picture, i));
  const middle = (channel: 0 | 1 | 2): number =>
    colours.map((colour) => colour[channel]).sort((a, b) => a - b)[(colours.length - 1) >> 1];
  return [middle(0), middle(1), middle(2)];
}

function nearest(colour: Colour, palette: readonly Colour[]): number {
  const distances = palette.map((other) => distance(colour, other));
  return distances.indexOf(Math.min(...distances));
}

/** Pixels within `reach` rows and columns of one, itself included. */
function around(i: number, reach: number): number[] {
  const [x, y] = [i % PIXELS, Math.floor(i / PIXELS)];
  const found: number[] = [];
  for (let row = Math.max(0, y - reach); row <= Math.min(PIXELS - 1, y + reach); row++) {
    for (let column = Math.max(0, x - reach); column <= Math.min(PIXELS - 1, x + reach); column++)
      found.push(row * PIXELS + column);
  }
  return found;
}

/** Sets of pixels that touch, also at corners. */
function components(far: readonly boolean[]): Set<number>[] {
  const seen = new Set<number>();
  const parts: Set<number>[] = [];
  far.forEach((isFar, start) => {
    if (!isFar || seen.has(start)) return;
    const part = new Set([start]);
    for (const at of part) {
      for (const next of around(at, 1)) if (far[next]) part.add(next);
    }
    for (const at of part) seen.add(at);
    parts.push(part);
  });
  return parts;
}

function measure(picture: RgbImage, ground: Colour, part: ReadonlySet<number>): FoundShape {
  // Pixels at an outline are mixed with the background, so the colour is that of the inside if there is one.
  const inside = [...part].filter((i) => around(i, 1).every((other) => part.has(other)));
  const own = meanColour(picture, inside.length >= 4 ? inside : [...part]);
  const cover = coverOf(picture, ground, own, part);
  let [area, x, y] = [0, 0, 0];
  cover.forEach((share, i) => {
    area += share;
    x += share * ((i % PIXELS) + 0.5);
    y += share * (Math.floor(i / PIXELS) + 0.5);
  });
  const fits = MOMENTS.map((moments) => {
    const r = Math.sqrt(area / moments.area);
    return { r, y: y / area - moments.height * r };
  });
  const overlaps = fits.map((fit, shape) => overlap(cover, shape, { ...fit, x: x / area }));
  const shape = overlaps.indexOf(Math.max(...overlaps));
  return { shape, colour: nearest(own, COLOUR_VALUES), x: x / area, ...fits[shape] };
}

function meanColour(picture: RgbImage, pixels: readonly number[]): Colour {
  const mean = (channel: number): number =>
    pixels.reduce((sum, i) => sum + picture.data[3 * i + channel], 0) / pixels.length;
  return [mean(0), mean(1), mean(2)];
}

/** How much of each pixel near the part has its colour and not the background's, 0 to 1. */
function coverOf(picture: RgbImage, ground: Colour, own: Colour, part: ReadonlySet<number>): number[] {
  const contrast = own.map((level, channel) => level - ground[channel]);
  const squared = contrast.reduce((sum, level) => sum + level * level, 0);
  return Array.from({ length: COUNT }, (_, i) => {
    if (!around(i, 2).some((other) => part.has(other))) return 0;
    const along = pixel(picture, i).reduce(
      (sum, level, channel) => sum + (level - ground[channel]) * contrast[channel],
      0,
    );
    return Math.min(Math.max(along / squared, 0), 1);
  });
}

/** Intersection over union of a cover and a shape drawn in its place. */
function overlap(
  cover: readonly number[],
  shape: number,
  { x, y, r }: { readonly x: number; readonly y: number; readonly r: number },
): number {
  let [common, union] = [0, 0];
  cover.forEach((share, i) => {
    const [dx, dy] = [(i % PIXELS) + 0.5 - x, Math.floor(i / PIXELS) + 0.5 - y];
    const ideal = coverage(shapeDistances(dx / r, dy / r)[shape], r);
    common += Math.min(ideal, share);
    union += Math.max(ideal, share);
  });
  return common / union;
}
