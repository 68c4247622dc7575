import { cpu } from '@wick/backend-cpu';
import {
  type Buffer,
  type Device,
  type DeviceOptions,
  defineKernel,
  openDevice,
  type Plan,
} from '@wick/core';
import { expect, onTestFinished } from 'vitest';

const combine = defineKernel({
  name: 'test.combine',
  bindings: { a: 'read', b: 'read', out: 'write' },
  params: { n: 'u32' },
  reference({ bindings, params }) {
    for (let i = 0; i < params.n; i++) bindings.out[i] = bindings.a[i] + bindings.b[i];
  },
});

/** Plans what `record` does. */
export async function planOf(
  record: (device: Device, combined: (label: string, a: Buffer, b: Buffer) => Buffer) => unknown,
  options: DeviceOptions = {},
): Promise<Plan> {
  const device = await openDevice(cpu(), options);
  onTestFinished(() => device.destroy());
  const plans: Plan[] = [];
  const combined = (label: string, a: Buffer, b: Buffer) => {
    const out = device.createBuffer({
      byteLength: a.byteLength,
      label: label.slice(label.lastIndexOf('/') + 1),
    });
    const n = a.byteLength / 4;
    device.dispatch(combine, { bindings: { a, b, out }, params: { n }, grid: [n, 1, 1], label });
    return out;
  };
  const stop = device.observePlans((made) => plans.push(made));
  device.run(() => record(device, combined), { label: 'test' });
  stop();
  expect(plans).toHaveLength(1);
  return plans[0];
}

export function upload(device: Device, byteLength: number, label: string): Buffer {
  const buffer = device.createBuffer({ byteLength, label });
  device.write(buffer, new Uint8Array(byteLength));
  return buffer;
}

/** A network of layers of the same make: what comes in is added to twice. */
export const layers = (count: number) =>
  planOf((device, combined) => {
    let x = upload(device, 1024, 'x');
    for (let i = 0; i < count; i++) {
      const gate = combined(`layers.${i}/mlp/gate`, x, x);
      const up = combined(`layers.${i}/mlp/up`, x, x);
      x = combined(`layers.${i}/add`, gate, up);
    }
    return x;
  });
