import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { encode, type ImageData } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { decodePng, encodePng, type RgbImage } from '../../src/index.js';
import { failure } from '../helpers/errors.js';

const sample: RgbImage = {
  width: 3,
  height: 2,
  data: Uint8Array.from({ length: 18 }, (_, i) => (i * 41) % 256),
};

/** The bytes of a picture with one channel set in each pixel. */
const decoded = (png: ImageData): number[] => [...decodePng(encode(png)).data];

describe('PNG', () => {
  it('gives back what it wrote', () => {
    expect(decodePng(encodePng(sample))).toEqual(sample);
  });

  it('reads a file that lies inside other memory', () => {
    const file = encodePng(sample);
    const around = new Uint8Array(file.length + 9).fill(7);
    around.set(file, 5);
    expect(decodePng(around.subarray(5, 5 + file.length))).toEqual(sample);
  });

  it.each<[string, ImageData, number[]]>([
    [
      'grey of 8 bits',
      { width: 2, height: 1, depth: 8, channels: 1, data: Uint8Array.of(0, 200) },
      [0, 0, 0, 200, 200, 200],
    ],
    [
      'grey of 16 bits',
      { width: 2, height: 1, depth: 16, channels: 1, data: Uint16Array.of(65535, 0x8080) },
      [255, 255, 255, 128, 128, 128],
    ],
    [
      'colour of 16 bits',
      { width: 1, height: 1, depth: 16, channels: 3, data: Uint16Array.of(0, 257, 65278) },
      [0, 1, 254],
    ],
    [
      'grey of 1 bit, rows of part of a byte',
      { width: 3, height: 2, depth: 1, channels: 1, data: Uint8Array.of(0b10100000, 0b01000000) },
      [255, 0, 255, 0, 255, 0].flatMap((value) => [value, value, value]),
    ],
    [
      'grey of 4 bits',
      { width: 3, height: 1, depth: 4, channels: 1, data: Uint8Array.of(0x0f, 0x80) },
      [0, 255, 136].flatMap((value) => [value, value, value]),
    ],
    [
      'colour with opacity, on white',
      {
        width: 3,
        height: 1,
        channels: 4,
        data: Uint8Array.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 51),
      },
      [10, 20, 30, 255, 255, 255, 204, 224, 255],
    ],
    [
      'grey with opacity, on white',
      { width: 2, height: 1, channels: 2, data: Uint8Array.of(9, 255, 9, 0) },
      [9, 9, 9, 255, 255, 255],
    ],
    [
      'a palette',
      {
        width: 3,
        height: 1,
        depth: 2,
        channels: 1,
        data: Uint8Array.of(0b00011000),
        palette: [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      },
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    [
      'a palette with opacity',
      {
        width: 2,
        height: 1,
        depth: 8,
        channels: 1,
        data: Uint8Array.of(1, 0),
        palette: [
          [1, 2, 3, 0],
          [4, 5, 6, 255],
        ],
      },
      [4, 5, 6, 255, 255, 255],
    ],
  ])('reads %s', (_, png, want) => {
    expect(decoded(png)).toEqual(want);
  });

  it('reads interlaced pixels', () => {
    const data = Uint8Array.from({ length: 3 * 13 * 9 }, (_, i) => (i * 37) % 256);
    const file = encode({ width: 13, height: 9, data, channels: 3 }, { interlace: 'Adam7' });
    expect([...decodePng(file).data]).toEqual([...data]);
  });
});

/** A chunk with a checksum of zeros, which is only looked at where the frame is right. */
function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  new DataView(bytes.buffer).setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  return bytes;
}

function handMade(width: number, height: number, pixels: Uint8Array, depth = 8, colour = 2): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colour, 0, 0, 0], 8);
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', new Uint8Array(0)),
  ];
  return Uint8Array.from(Buffer.concat(parts));
}

describe('corrupt PNG', () => {
  const good = encodePng(sample);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = good.slice();
    copy[at] = value;
    return copy;
  };
  const wrong = good.length;

  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array(0)],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)],
    ['the signature alone', good.subarray(0, 8)],
    ['a file that is cut off', good.subarray(0, good.length - 6)],
    ['a chunk that leaves the file', changed(33, 0x7f)],
    ['another header length', changed(11, 12)],
    ['a width of zero', changed(19, 0)],
    ['a checksum of the pixels that is wrong', changed(wrong - 13, good[wrong - 13] ^ 1)],
    ['a checksum of the header that is wrong', changed(29, good[29] ^ 1)],
    ['three bits per sample', changed(24, 3)],
    ['colour of four bits', changed(24, 4)],
    ['an unknown colour type', changed(25, 5)],
    ['pixels that are no deflate stream', handMade(2, 2, Uint8Array.of(1, 2, 3, 4, 5))],
    ['too few pixels', handMade(2, 2, deflateSync(new Uint8Array(13)))],
    ['too many pixels', handMade(2, 2, deflateSync(new Uint8Array(15)))],
    ['an unknown filter', handMade(2, 2, deflateSync(new Uint8Array(14).fill(9)))],
    ['a palette that is missing', handMade(1, 1, deflateSync(new Uint8Array(2)), 8, 3)],
    ['more pixels than any picture has', handMade(0x10000, 0x10000, deflateSync(new Uint8Array(9)))],
  ])('refuses %s', async (_, file) => {
    const { label } = await failure('BAD_FILE', () => decodePng(file, 'photo.png'));
    if (label !== undefined) expect(label).toBe('photo.png');
  });

  it('does not inflate more than the size says', async () => {
    const bomb = handMade(1, 1, deflateSync(new Uint8Array(64 * 1024 * 1024), { level: 9 }));
    const begun = performance.now();
    await failure('BAD_FILE', () => decodePng(bomb));
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('leaves out texts and profiles without unpacking them', () => {
    const profile = chunk('iCCP', Uint8Array.of(65, 0, 0, 1, 2, 3));
    const file = new Uint8Array(good.length + profile.length);
    file.set(good.subarray(0, 33));
    file.set(profile, 33);
    file.set(good.subarray(33), 33 + profile.length);
    expect(decodePng(file)).toEqual(sample);
  });
});

describeShared('photographs', () => {
  it.each([
    ['astronaut', 512, 512, [154, 147, 151]],
    ['chelsea', 451, 300, [143, 120, 104]],
    ['coffee', 600, 400, [21, 13, 8]],
  ])('reads %s', (name, width, height, first) => {
    const image = decodePng(readFileSync(requireShared(`images/${name}.png`)));
    expect([image.width, image.height]).toEqual([width, height]);
    expect([...image.data.subarray(0, 3)]).toEqual(first);
    const again = decodePng(encodePng(image));
    expect(Buffer.compare(again.data, image.data)).toBe(0);
  });
});
