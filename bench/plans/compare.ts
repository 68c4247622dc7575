/** What ordering and placement change: the same recording, planned with different options. */

import { NULL_CAPABILITIES, NULL_LIMITS } from '@wick/conformance';
import { type PlanFigures, type PlanningOptions, planRecording } from '@wick/core';
import type { NamedRecording } from './recordings.js';

export const LOOK_AHEADS: readonly number[] = [1, 64];
export const PLACEMENTS: readonly NonNullable<PlanningOptions['placement']>[] = ['apart', 'tight', 'share'];

export interface PlanVariant {
  readonly network: string;
  readonly lookAhead: number;
  readonly placement: NonNullable<PlanningOptions['placement']>;
  readonly figures: PlanFigures;
}

export function compareOptions(networks: readonly NamedRecording[]): PlanVariant[] {
  return networks.flatMap(({ name, recording }) =>
    LOOK_AHEADS.flatMap((lookAhead) =>
      PLACEMENTS.map((placement) => {
        const options = { lookAhead, placement };
        const { figures } = planRecording(recording, NULL_LIMITS, NULL_CAPABILITIES, options);
        return { network: name, lookAhead, placement, figures };
      }),
    ),
  );
}
