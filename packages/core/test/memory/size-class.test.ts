import { sizeClass } from '@wick/core';
import { describe, expect, it } from 'vitest';

/** Every size up to 4 KiB, a sample up to 1 MiB, and the neighbours of the powers of two up to 2^50. */
const SIZES = [
  ...Array.from({ length: 4096 }, (_, i) => i + 1),
  ...Array.from({ length: 9000 }, (_, i) => 4097 + 115 * i),
  ...Array.from({ length: 50 }, (_, i) => 2 ** (i + 1)).flatMap((power) => [
    power - 1,
    power,
    power + 1,
    power + 17,
  ]),
];

describe('sizeClass', () => {
  it('holds the request in a positive multiple of 16', () => {
    const wrong = SIZES.filter((bytes) => sizeClass(bytes) < bytes || sizeClass(bytes) % 16 !== 0);
    expect(wrong).toEqual([]);
  });

  it('wastes less than an eighth of the request, or less than 16 bytes', () => {
    const wasteful = SIZES.filter((bytes) => {
      const waste = sizeClass(bytes) - bytes;
      return waste >= 16 && waste >= bytes / 8;
    });
    expect(wasteful).toEqual([]);
  });

  it('is a class: the class of a class is itself, and larger requests get no smaller one', () => {
    expect(SIZES.filter((bytes) => sizeClass(sizeClass(bytes)) !== sizeClass(bytes))).toEqual([]);
    const ascending = SIZES.toSorted((a, b) => a - b).map((bytes) => sizeClass(bytes));
    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
  });

  it('has at most eight classes to a power of two', () => {
    for (let power = 128; power < 2 ** 20; power *= 2) {
      const classes = new Set(
        SIZES.filter((bytes) => bytes > power && bytes <= 2 * power).map((bytes) => sizeClass(bytes)),
      );
      expect(classes.size).toBeLessThanOrEqual(8);
    }
  });

  it('never passes a limit that the request itself keeps', () => {
    for (const limit of [1024, 1040, 65_536, 65_552]) {
      for (let bytes = limit - 64; bytes <= limit; bytes++)
        expect(sizeClass(bytes, limit)).toBeLessThanOrEqual(limit);
    }
  });
});
