/** Compares what a picture shows with what was asked for: `judge` of training/shapes-diffusion. */

import type { FoundScene, FoundShape } from './find-shapes.js';
import { type AskedShape, RADII, type Scene, SIZES, type Size } from './scenes.js';

/** Which aspects of a picture are as asked for. */
export interface Verdict {
  readonly background: boolean;
  readonly count: boolean;
  readonly colours: boolean;
  readonly shapes: boolean;
  /** Every shape has its own colour. */
  readonly binding: boolean;
  readonly relation: boolean;
  readonly size: boolean;
  /** Background, binding and relation: the figure to look at. */
  readonly allButSize: boolean;
  readonly everything: boolean;
}

export function judge(scene: Scene, { background, shapes: found }: FoundScene): Verdict {
  const asked: readonly AskedShape[] = scene.objects;
  const alike = (of: (shape: AskedShape | FoundShape) => string): boolean =>
    sorted(found.map(of)) === sorted(asked.map(of));
  const binding = alike(kind);
  const order = inOrder(scene, found);
  const relation =
    binding && isApart(scene, found) && order.every((part, i) => kind(part) === kind(asked[i]));
  const size = binding && order.every((part, i) => sizeOf(part) === asked[i].size);
  const allButSize = background === scene.background && binding && relation;
  return {
    background: background === scene.background,
    count: found.length === asked.length,
    colours: alike(({ colour }) => `${colour}`),
    shapes: alike(({ shape }) => `${shape}`),
    binding,
    relation,
    size,
    allButSize,
    everything: allButSize && size,
  };
}

const kind = ({ shape, colour }: AskedShape | FoundShape): string => `${shape} ${colour}`;
const sorted = (keys: readonly string[]): string => [...keys].sort().join(', ');

const alongOf = ({ relation }: Scene): 'x' | 'y' =>
  relation === 'above' || relation === 'below' ? 'y' : 'x';

/** Shapes in the order in which the caption names those in their places. */
function inOrder(scene: Scene, found: readonly FoundShape[]): FoundShape[] {
  const axis = alongOf(scene);
  const backwards = scene.relation === 'below' || scene.relation === 'right';
  return [...found].sort((a, b) => (backwards ? b[axis] - a[axis] : a[axis] - b[axis]));
}

/** Whether two shapes are further apart along the axis of their relation than across it. */
function isApart(scene: Scene, [a, b]: readonly FoundShape[]): boolean {
  const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
  return alongOf(scene) === 'y' ? dy > dx : dx > dy;
}

/** The limits lie in the middle between the sizes. */
function sizeOf({ r }: FoundShape): Size {
  const low = (RADII.small[1] + RADII.medium[0]) / 2;
  const high = (RADII.medium[1] + RADII.large[0]) / 2;
  return SIZES[Number(r > low) + Number(r > high)];
}

/** The share of pictures that are right, by aspect. */
export function shares(verdicts: readonly Verdict[]): Readonly<Record<keyof Verdict, number>> {
  const share = (aspect: keyof Verdict): number =>
    verdicts.filter((verdict) => verdict[aspect]).length / verdicts.length;
  const [first] = verdicts;
  return Object.fromEntries(
    Object.keys(first).map((aspect) => [aspect, share(aspect as keyof Verdict)]),
  ) as Record<keyof Verdict, number>;
}
