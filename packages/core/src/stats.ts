/** Counters and figures of a device: exact, and back to the start after a scope ends. */

import type { WorkFigures } from './execution/executor.js';
import type { LabelFigures } from './memory/ledger.js';
import type { PoolFigures } from './memory/pool.js';

/** What `Device.stats` answers; later work does not change it. */
export interface DeviceStats {
  readonly buffers: {
    readonly live: number;
    readonly bytes: number;
    readonly byLabel: ReadonlyMap<string, LabelFigures>;
  };
  readonly memory: Readonly<PoolFigures> & {
    /** Most bytes in use at once, with temporaries placed. */
    readonly peakPlannedBytes: number;
    /** The same if every temporary had memory of its own until its plan ends. */
    readonly peakUnplannedBytes: number;
  };
  readonly work: Readonly<WorkFigures> & {
    readonly plans: number;
    readonly replays: number;
    readonly completedSerial: number;
    readonly inFlight: number;
    readonly pipelines: number;
  };
  /** What the backend itself counted, summed over completed submissions; see `Completion.figures`. */
  readonly backend: Readonly<Record<string, number>>;
}
