import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { expect, it } from 'vitest';

const write = (device: Device, value: number) => {
  const buffer = device.createBuffer({ byteLength: 16 });
  device.run(() => device.fill(buffer, value));
  return buffer;
};

it('a read that is asked for before its producer is submitted does not hold the producer up', async () => {
  await using device = await openDevice(cpu({ limits: { maxSubmissionsInFlight: 1 } }));
  const buffers = [1, 2, 3, 4].map((value) => write(device, value));
  const reads = await Promise.all(buffers.map((buffer) => device.read(buffer)));
  expect(reads.map((bytes) => bytes[0])).toEqual([1, 2, 3, 4]);
});

it('runs and reads in turn, a hundred times', async () => {
  await using device = await openDevice(cpu({ limits: { maxSubmissionsInFlight: 1 } }));
  for (let value = 0; value < 100; value++) {
    const ahead = write(device, 255);
    using buffer = write(device, value);
    expect((await device.read(buffer))[0]).toBe(value);
    ahead.free();
  }
});

it('fills a buffer whose tail is odd', async () => {
  await using device = await openDevice(cpu());
  using buffer = device.createBuffer({ byteLength: 7 });
  device.fill(buffer, 0x01010101);
  expect(await device.read(buffer)).toEqual(new Uint8Array(7).fill(1));
});
