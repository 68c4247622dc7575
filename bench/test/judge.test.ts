import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePng, encodePng, type RgbImage } from '@wick/models';
import { embeddedModelPath } from '@wick/models/node';
import { expect, it, describe as suite } from 'vitest';
import { findShapes } from '../judge/find-shapes.js';
import { judgeDrawings, scenesOf } from '../judge/judge.js';
import { coverage, shapeDistances } from '../judge/outlines.js';
import {
  BACKGROUND_VALUES,
  COLOUR_VALUES,
  describe,
  PIXELS,
  RADII,
  type Scene,
  SHAPES,
} from '../judge/scenes.js';
import { judge } from '../judge/verdict.js';

/** Where the shapes of a scene lie, far enough from each other and from the edge. */
function places({ objects, relation }: Scene): { x: number; y: number; r: number }[] {
  const radii = objects.map(({ size }) => (RADII[size][0] + RADII[size][1]) / 2);
  const forwards = relation === 'above' || relation === 'left';
  const [first, second] = forwards ? radii : radii.toReversed();
  const along = [first + 1, PIXELS - second - 1];
  const ordered = forwards ? along : along.toReversed();
  return ordered.map((at, i) =>
    relation === 'above' || relation === 'below'
      ? { x: 32, y: at, r: radii[i] }
      : { x: at, y: 32, r: radii[i] },
  );
}

/** Draws a scene as the training did, antialiased. */
function render(scene: Scene, where = places(scene)): RgbImage {
  const data = new Uint8Array(3 * PIXELS * PIXELS);
  for (let i = 0; i < PIXELS * PIXELS; i++) {
    let colour: readonly number[] = BACKGROUND_VALUES[scene.background];
    scene.objects.forEach((object, which) => {
      const { x, y, r } = where[which];
      const [dx, dy] = [(i % PIXELS) + 0.5 - x, Math.floor(i / PIXELS) + 0.5 - y];
      const share = coverage(shapeDistances(dx / r, dy / r)[object.shape], r);
      colour = colour.map((level, c) => level + share * (COLOUR_VALUES[object.colour][c] - level));
    });
    data.set(colour.map(Math.round), 3 * i);
  }
  return { width: PIXELS, height: PIXELS, data };
}

suite('the judge', () => {
  const scenes = scenesOf(12, 3);

  it('finds drawn shapes: which, in what colour, where, how large', () => {
    for (const scene of scenes) {
      const picture = render(scene);
      const found = findShapes(picture);
      expect(judge(scene, found), describe(scene)).toMatchObject({ everything: true });
      const where = places(scene);
      for (const [i, { shape, colour }] of scene.objects.entries()) {
        const parts = found.shapes.filter((one) => one.shape === shape && one.colour === colour);
        const errors = parts.map((part) =>
          Math.max(...(['x', 'y', 'r'] as const).map((key) => Math.abs(part[key] - where[i][key]))),
        );
        expect(Math.min(...errors), describe(scene)).toBeLessThan(1);
      }
    }
  });

  it('is not content with another picture', () => {
    const [scene] = scenes;
    const found = findShapes(render(scene));
    const [a, b] = scene.objects;
    const opposite = { above: 'below', below: 'above', left: 'right', right: 'left' } as const;
    const other = (index: number, count: number) => (index + 1) % count;
    const wrong: [keyof ReturnType<typeof judge>, Partial<Scene>][] = [
      ['relation', { relation: opposite[scene.relation] }],
      ['relation', { relation: scene.relation === 'above' || scene.relation === 'below' ? 'left' : 'above' }],
      ['background', { background: other(scene.background, BACKGROUND_VALUES.length) }],
      ['shapes', { objects: [{ ...a, shape: other(a.shape, SHAPES.length) }, b] }],
      ['colours', { objects: [a, { ...b, colour: other(b.colour, COLOUR_VALUES.length) }] }],
      ['binding', { objects: [{ ...a, shape: other(a.shape, SHAPES.length) }, b] }],
      ['size', { objects: [{ ...a, size: a.size === 'small' ? 'large' : 'small' }, b] }],
    ];
    for (const [aspect, change] of wrong) {
      const verdict = judge({ ...scene, ...change }, found);
      expect(verdict[aspect], aspect).toBe(false);
      expect(verdict.everything, aspect).toBe(false);
      expect(verdict.allButSize, aspect).toBe(aspect === 'size');
    }
    const empty = { ...findShapes(render(scene)), shapes: [] };
    expect(judge(scene, empty)).toMatchObject({ count: false, relation: false, allButSize: false });
  });

  it('sees what is in the pictures of the model itself', () => {
    const { prompts } = JSON.parse(readFileSync(`${embeddedModelPath('shapes')}/reference.json`, 'utf8')) as {
      prompts: { prompt: string; image: string }[];
    };
    for (const { prompt, image } of prompts) {
      const { shapes } = findShapes(decodePng(readFileSync(`${embeddedModelPath('shapes')}/${image}`)));
      for (const { shape } of shapes) expect(prompt).toContain(SHAPES[shape]);
      expect(shapes.length, prompt).toBeGreaterThan(0);
    }
  });
});

suite('pnpm judge', () => {
  const call = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const code = await judgeDrawings(args, {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
    });
    return { code, ...said };
  };

  it('fails where pictures show something else, and says which', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wick-judge-'));
    try {
      const scenes = scenesOf(4, 5);
      const write = (order: readonly Scene[]) =>
        order.forEach((scene, i) => {
          writeFileSync(join(folder, `picture-${i + 1}.png`), encodePng(render(scene)));
        });
      const options = ['--judge-only', '--folder', folder, '--count', '4', '--seed', '5'];
      write(scenes);
      expect(await call(...options)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/allButSize +100.0 %/),
      });
      write([scenes[0], scenes[1], scenes[3], scenes[2]]);
      const swapped = await call(...options);
      expect(swapped.code).toBe(1);
      expect(swapped.out).toContain('picture-3.png');
      expect(swapped.out).not.toContain('picture-1.png');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('draws two captions through wick imagine', async () => {
    const { code, out } = await call('--count', '2', '--seed', '1');
    expect(out).toMatch(/^2 pictures\nbackground +100.0 %/);
    expect(code).toBe(0);
  }, 300_000);

  it('refuses options that it does not know', async () => {
    expect((await call('--nope')).code).toBe(2);
    expect((await call('--count', '0')).err).toContain('--count is no whole number above 0');
  });
});
