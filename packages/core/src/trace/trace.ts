/**
 * The trace: what was recorded, planned, submitted and completed, and when. It is off until started, and
 * costs one comparison per event then. `toChromeTrace` gives the Trace Event Format (Google, 2016) that
 * Perfetto and chrome://tracing open.
 */

/** `backend`: from submit to completion, as the host sees it. `device`: passes, as the device measured them. */
export type TraceLane = 'record' | 'plan' | 'submit' | 'backend' | 'device';

const LANES: readonly TraceLane[] = ['record', 'plan', 'submit', 'backend', 'device'];

/** Values shown beside an event. */
export type TraceArguments = Readonly<Record<string, string | number | readonly string[]>>;

interface TraceSpan {
  readonly lane: TraceLane;
  readonly name: string;
  /** Milliseconds of `performance.now()`. */
  readonly start: number;
  readonly end: number;
  readonly args: TraceArguments | undefined;
}

interface TraceCounter {
  readonly name: string;
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One event of the Trace Event Format; times in microseconds. */
export interface ChromeTraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'C' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Spans and counters of a device; off until it is started, and bounded in number. */
export class Trace {
  #enabled = false;
  #origin = 0;
  #spans: TraceSpan[] = [];
  #counters: TraceCounter[] = [];

  /** Most events kept; later ones are counted in `dropped` and left out. */
  readonly capacity: number;
  #dropped = 0;

  constructor(capacity = 1_000_000) {
    this.capacity = capacity;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** Events that did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Begins anew: earlier events are forgotten. */
  start(): void {
    this.#enabled = true;
    this.#origin = performance.now();
    this.#spans = [];
    this.#counters = [];
    this.#dropped = 0;
  }

  stop(): void {
    this.#enabled = false;
  }

  /** Notes that `name` ran on a lane from `start` until now (or `end`), in milliseconds of `performance.now()`. */
  span(lane: TraceLane, name: string, start: number, args?: TraceArguments, end = performance.now()): void {
    if (!this.#enabled || !this.#room()) return;
    this.#spans.push({ lane, name, start, end, args });
  }

  counter(name: string, values: Readonly<Record<string, number>>): void {
    if (!this.#enabled || !this.#room()) return;
    this.#counters.push({ name, at: performance.now(), values });
  }

  #room(): boolean {
    if (this.#spans.length + this.#counters.length < this.capacity) return true;
    this.#dropped++;
    return false;
  }

  /** All events so far, lanes named and in the order of the way of a command. */
  toChromeTrace(process = 'wick'): { readonly traceEvents: readonly ChromeTraceEvent[] } {
    const at = (milliseconds: number) => Math.max(0, (milliseconds - this.#origin) * 1000);
    const traceEvents: ChromeTraceEvent[] = [
      { name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: process } },
      ...LANES.flatMap((lane, i): ChromeTraceEvent[] => [
        { name: 'thread_name', ph: 'M', pid: 1, tid: i + 1, args: { name: lane } },
        { name: 'thread_sort_index', ph: 'M', pid: 1, tid: i + 1, args: { sort_index: i } },
      ]),
      ...this.#spans.map(
        (span): ChromeTraceEvent => ({
          name: span.name,
          ph: 'X',
          pid: 1,
          tid: LANES.indexOf(span.lane) + 1,
          ts: at(span.start),
          dur: at(span.end) - at(span.start),
          ...(span.args === undefined ? {} : { args: span.args }),
        }),
      ),
      ...this.#counters.map(
        (counter): ChromeTraceEvent => ({
          name: counter.name,
          ph: 'C',
          pid: 1,
          tid: 0,
          ts: at(counter.at),
          args: counter.values,
        }),
      ),
    ];
    return { traceEvents };
  }
}
