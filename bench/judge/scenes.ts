/**
 * What can be in a picture of the embedded model, and scenes with two shapes at random: `scenes.py` and
 * `captions.py` of training/shapes-diffusion, as far as judging needs them. Indices are those of the lists.
 */

import type { Random } from './random.js';

export const PIXELS = 64;
export const SHAPES = ['circle', 'square', 'triangle', 'star', 'heart', 'ring', 'cross', 'diamond'] as const;
export const SIZES = ['small', 'medium', 'large'] as const;
export const RELATIONS = ['above', 'below', 'left', 'right'] as const;

export type Size = (typeof SIZES)[number];
export type Relation = (typeof RELATIONS)[number];
export type Colour = readonly [red: number, green: number, blue: number];

const COLOURS = {
  red: [220, 40, 40],
  green: [40, 160, 60],
  blue: [45, 85, 220],
  yellow: [250, 215, 50],
  orange: [245, 135, 30],
  purple: [135, 60, 175],
  pink: [245, 135, 185],
  cyan: [50, 200, 215],
  black: [20, 20, 20],
  white: [250, 250, 250],
} as const satisfies Record<string, Colour>;

const BACKGROUNDS = {
  white: [250, 250, 250],
  black: [20, 20, 20],
  gray: [150, 150, 150],
  'light blue': [180, 215, 250],
  'light green': [190, 235, 190],
  'dark blue': [25, 35, 95],
  'dark green': [20, 70, 40],
} as const satisfies Record<string, Colour>;

export const COLOUR_NAMES: readonly string[] = Object.keys(COLOURS);
export const COLOUR_VALUES: readonly Colour[] = Object.values(COLOURS);
export const BACKGROUND_NAMES: readonly string[] = Object.keys(BACKGROUNDS);
export const BACKGROUND_VALUES: readonly Colour[] = Object.values(BACKGROUNDS);

/** Half the width of a shape in a picture of two, in pixels. */
export const RADII: Readonly<Record<Size, readonly [least: number, most: number]>> = {
  small: [5, 6.5],
  medium: [8.5, 10.5],
  large: [13, 14.5],
};

export interface AskedShape {
  readonly shape: number;
  readonly colour: number;
  readonly size: Size;
}

/** What a picture has to show. */
export interface Scene {
  readonly background: number;
  readonly objects: readonly [AskedShape, AskedShape];
  /** Of the first to the second. */
  readonly relation: Relation;
}

/** Euclidean distance of two colours. */
export function distance(a: Colour, b: Colour): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Colours that stand out from a background. */
function visibleOn(background: number): number[] {
  const ground = BACKGROUND_VALUES[background];
  return COLOUR_VALUES.flatMap((colour, i) => (distance(colour, ground) >= 100 ? [i] : []));
}

/** Whether training never saw this pair of coloured shapes; about 5 % of them. */
function heldOut(a: AskedShape, b: AskedShape): boolean {
  const [low, high] = [a, b].map(({ shape, colour }) => shape * 10 + colour).sort((one, two) => one - two);
  return (low * 7919 + high * 104_729) % 997 < 50;
}

/** A scene with two shapes, of a pair that occurs in training. */
export function sampleScene(random: Random): Scene {
  const background = random.below(BACKGROUND_VALUES.length);
  const colours = visibleOn(background);
  const shape = (): AskedShape => ({
    shape: random.below(SHAPES.length),
    colour: random.of(colours),
    size: random.of([
      'small',
      'small',
      'small',
      'medium',
      'medium',
      'medium',
      'medium',
      'large',
      'large',
      'large',
    ]),
  });
  for (;;) {
    const [a, b] = [shape(), shape()];
    if (!heldOut(a, b)) return { background, objects: [a, b], relation: random.of(RELATIONS) };
  }
}

/** The caption that says everything: `a small red circle above a blue square on a white background`. */
export function describe({ background, objects: [a, b], relation }: Scene): string {
  const place = relation === 'left' || relation === 'right' ? `to the ${relation} of` : relation;
  return `${phrase(a)} ${place} ${phrase(b)} on ${article(BACKGROUND_NAMES[background])} background`;
}

/** "medium" is never said. */
function phrase({ shape, colour, size }: AskedShape): string {
  const said = size === 'medium' ? '' : `${size} `;
  return article(`${said}${COLOUR_NAMES[colour]} ${SHAPES[shape]}`);
}

function article(words: string): string {
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}
