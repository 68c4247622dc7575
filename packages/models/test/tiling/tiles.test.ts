import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreInside, planTiles } from '../../src/tiling/tiles.js';
import { failure } from '../helpers/errors.js';

describe('tiles', () => {
  it('are one where everything fits', () => {
    const all = { left: 0, top: 0, width: 40, height: 30 };
    expect(planTiles(40, 30, { size: 40, halo: 5 })).toEqual([{ core: all, input: all }]);
  });

  it('cover every pixel once, with their halo inside of the picture', () => {
    fc.assert(
      fc.property(
        fc.record({
          width: fc.integer({ min: 1, max: 70 }),
          height: fc.integer({ min: 1, max: 70 }),
          multiple: fc.constantFrom(1, 2, 8),
          size: fc.integer({ min: 8, max: 40 }),
          halo: fc.integer({ min: 0, max: 12 }),
        }),
        ({ width, height, multiple, size, halo }) => {
          const seen = new Uint8Array(width * height);
          for (const tile of planTiles(width, height, { size, halo, multiple })) {
            const { core, input } = tile;
            expect(Math.max(core.width, core.height)).toBeLessThanOrEqual(size);
            expect(Math.min(core.width, core.height)).toBeGreaterThan(0);
            for (const start of [core.left, core.top, input.left, input.top])
              expect(start % multiple).toBe(0);
            // Either the halo is whole or the picture ends there.
            expect(input.left === 0 || input.left <= core.left - halo).toBe(true);
            expect(input.top === 0 || input.top <= core.top - halo).toBe(true);
            const [right, bottom] = [input.left + input.width, input.top + input.height];
            expect(right === width || right >= core.left + core.width + halo).toBe(true);
            expect(bottom === height || bottom >= core.top + core.height + halo).toBe(true);
            expect(right <= width && bottom <= height).toBe(true);
            const inside = coreInside(tile);
            expect([inside.left + input.left, inside.top + input.top]).toEqual([core.left, core.top]);
            for (let y = core.top; y < core.top + core.height; y++) {
              for (let x = core.left; x < core.left + core.width; x++) seen[y * width + x]++;
            }
          }
          expect(seen.every((count) => count === 1)).toBe(true);
        },
      ),
    );
  });

  it.each([0, 7, 8.5, Number.NaN])('cannot have a size of %d with a multiple of 8', async (size) => {
    await failure('INVALID_ARGUMENT', () => planTiles(100, 100, { size, halo: 0, multiple: 8 }));
  });
});
