import { cpu } from '@wick/backend-cpu';
import { type Backend, type BackendFactory, type Device, openDevice, WickError } from '@wick/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The CPU, with a capture that notes when it is started and stopped, and when work is submitted. */
function capturing(log: string[], refusal?: unknown): BackendFactory {
  return {
    name: 'cpu',
    open: async () => {
      const backend: Backend = await cpu().open();
      const submit: Backend['submit'] = (submission) => {
        log.push(...submission.steps.flatMap((step) => ('command' in step ? [step.label] : [])));
        return backend.submit(submission);
      };
      const capture = {
        start: async (path: string) => {
          if (refusal !== undefined) throw refusal;
          log.push(`start ${path}`);
        },
        stop: async () => {
          log.push('stop');
        },
      };
      return new Proxy(backend, {
        get: (target, name) => {
          if (name === 'capture') return capture;
          if (name === 'submit') return submit;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

describe('a capture', () => {
  let log: string[];
  let device: Device;
  const fill = (label: string) => device.fill(device.createBuffer({ byteLength: 16 }), 0, label);

  beforeEach(async () => {
    log = [];
    device = await openDevice(capturing(log));
  });
  afterEach(() => device.destroy());

  it('has what is recorded between its start and its stop, and nothing else', async () => {
    fill('before');
    await device.startCapture('/tmp/x.gputrace');
    fill('inside');
    const stopped = device.stopCapture();
    await stopped;
    fill('after');
    await device.idle();
    expect(log).toEqual(['before', 'start /tmp/x.gputrace', 'inside', 'stop', 'after']);
  });

  it('that is refused is CAPTURE_FAILED with the reason, and work goes on', async () => {
    const cause = new WickError('CAPTURE_FAILED', 'it exists already');
    for (const refusal of [cause, new Error('it exists already')]) {
      const refused = await openDevice(capturing(log, refusal));
      await expect(refused.startCapture('/tmp/x.gputrace')).rejects.toMatchObject({
        code: 'CAPTURE_FAILED',
        message: expect.stringContaining('it exists already'),
      });
      const x = refused.createBuffer({ byteLength: 4 });
      refused.fill(x, 7);
      expect([...(await refused.read(x))]).toEqual([7, 0, 0, 0]);
      refused.destroy();
    }
  });

  it('is CAPTURE_FAILED on a backend that has none', async () => {
    const plain = await openDevice(cpu());
    await expect(plain.startCapture('/tmp/x.gputrace')).rejects.toMatchObject({ code: 'CAPTURE_FAILED' });
    plain.destroy();
  });
});
