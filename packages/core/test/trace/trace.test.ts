import { type ChromeTraceEvent, Trace } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { fakeDevice, turn } from '../helpers/work.js';

const LANES = ['record', 'plan', 'submit', 'backend', 'device'];

function laneOf(events: readonly ChromeTraceEvent[], name: string): number | undefined {
  return events.find((event) => event.name === 'thread_name' && event.args?.name === name)?.tid;
}

describe('Trace', () => {
  it('names the process and its lanes, in the order of the way of a command', () => {
    const { traceEvents } = new Trace().toChromeTrace('my program');
    expect(traceEvents[0]).toEqual({
      name: 'process_name',
      ph: 'M',
      pid: 1,
      tid: 0,
      args: { name: 'my program' },
    });
    const order = LANES.map((lane) => {
      const tid = laneOf(traceEvents, lane);
      return traceEvents.find((event) => event.name === 'thread_sort_index' && event.tid === tid)?.args
        ?.sort_index;
    });
    expect(order).toEqual(LANES.map((_, i) => i));
    expect(new Set(LANES.map((lane) => laneOf(traceEvents, lane))).size).toBe(LANES.length);
  });

  it('gives spans in microseconds since it was started', () => {
    const trace = new Trace();
    trace.start();
    const now = performance.now();
    trace.span('plan', 'a plan', now + 1, { commands: 3 }, now + 3.5);
    const { traceEvents } = trace.toChromeTrace();
    const span = traceEvents.find(({ ph }) => ph === 'X');
    expect(span).toMatchObject({
      name: 'a plan',
      pid: 1,
      tid: laneOf(traceEvents, 'plan'),
      args: { commands: 3 },
    });
    expect(span?.dur).toBeCloseTo(2500, 3);
    expect(span?.ts).toBeGreaterThanOrEqual(1000);
    expect(span?.ts).toBeLessThan(100_000);
  });

  it('notes nothing before it is started and after it is stopped, and forgets when it starts anew', () => {
    const trace = new Trace();
    const count = () => trace.toChromeTrace().traceEvents.filter(({ ph }) => ph !== 'M').length;
    trace.span('plan', 'too early', 0);
    trace.counter('memory', { live: 1 });
    expect([trace.enabled, count(), trace.dropped]).toEqual([false, 0, 0]);
    trace.start();
    trace.span('plan', 'in time', performance.now());
    trace.counter('memory', { live: 1 });
    trace.stop();
    trace.span('plan', 'too late', performance.now());
    expect([trace.enabled, count()]).toEqual([false, 2]);
    trace.start();
    expect(count()).toBe(0);
  });

  it('keeps as many events as it may, and counts the others', () => {
    const trace = new Trace(3);
    trace.start();
    for (let i = 0; i < 5; i++) trace.span('plan', `${i}`, performance.now());
    trace.counter('memory', { live: 1 });
    const kept = trace.toChromeTrace().traceEvents.filter(({ ph }) => ph !== 'M');
    expect(kept.map(({ name }) => name)).toEqual(['0', '1', '2']);
    expect(trace.dropped).toBe(3);
    trace.start();
    expect(trace.dropped).toBe(0);
  });

  it('never shows an event that begins before it was started', () => {
    const trace = new Trace();
    const before = performance.now() - 5;
    trace.start();
    trace.span('submit', 'begun before', before);
    const span = trace.toChromeTrace().traceEvents.find(({ ph }) => ph === 'X');
    expect(span?.ts).toBe(0);
    expect(span?.dur).toBeGreaterThanOrEqual(0);
    expect(span?.dur).toBeLessThan(4000);
  });
});

describe('the trace of a device', () => {
  async function traced(): Promise<readonly ChromeTraceEvent[]> {
    const { device, work } = await fakeDevice({ automatic: true }, { trace: true });
    const x = work.upload([1]);
    await device.idle();
    device.run(() => work.add(work.add(x, 1), 1), { label: 'my run' });
    const plan = device.compile({ x: 4 }, (inputs) => ({ out: work.add(inputs.x, 1) }), { label: 'my plan' });
    plan.run({ x });
    await device.idle();
    return device.trace.toChromeTrace().traceEvents;
  }

  it('is of the Trace Event Format: plain JSON, complete events and counters with all that they need', async () => {
    const events = await traced();
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
    for (const event of events) {
      expect(event.ph).toBeOneOf(['X', 'C', 'M']);
      expect([typeof event.name, event.pid, typeof event.tid]).toEqual(['string', 1, 'number']);
      if (event.ph === 'M') continue;
      expect(Number.isFinite(event.ts) && Number(event.ts) >= 0).toBe(true);
      if (event.ph === 'X') expect(Number.isFinite(event.dur) && Number(event.dur) >= 0).toBe(true);
      else expect(Object.values(event.args ?? {}).every((value) => typeof value === 'number')).toBe(true);
    }
  });

  it('has every stage of every task in its lane, by label', async () => {
    const events = await traced();
    const names = (lane: string) =>
      events.filter(({ ph, tid }) => ph === 'X' && tid === laneOf(events, lane)).map(({ name }) => name);
    expect(names('record')).toEqual(['my run', 'replay my plan']);
    expect(names('plan')).toEqual(['window', 'my run', 'my plan']);
    expect(names('submit')).toEqual(['window', 'my run', 'my plan']);
    expect(names('backend')).toEqual(['window #0', 'my run #0', 'my plan #0']);
  });

  it('shows memory as a counter, in bytes', async () => {
    const counters = (await traced()).filter(({ ph }) => ph === 'C');
    expect(counters.map(({ name }) => name)).toEqual(['memory', 'memory', 'memory']);
    // x; x with the result of the run and its temporary; x, that result and the output of the replay.
    expect(counters.map(({ args }) => args?.live)).toEqual([16, 48, 48]);
  });

  it('costs nothing that adds up when it is off', async () => {
    const { device, work } = await fakeDevice({ automatic: true });
    const x = work.upload([1]);
    for (let i = 0; i < 10; i++) {
      device.run(() => work.increment(x, 1));
      await turn();
    }
    expect(device.trace.toChromeTrace().traceEvents.every(({ ph }) => ph === 'M')).toBe(true);
    const trace = new Trace();
    const times = Array.from({ length: 5 }, () => {
      const begun = performance.now();
      for (let i = 0; i < 100_000; i++) trace.span('plan', 'off', 0);
      return performance.now() - begun;
    });
    // Ten nanoseconds an event where it is quiet; two hundred times that is still no work done.
    expect(Math.min(...times)).toBeLessThan(200);
  });
});
