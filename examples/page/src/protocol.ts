/** What the page and its worker say to each other. */

import type { BackendInfo } from '@wick/core';
import type { Progress } from '@wick/models';
import type { PlanView } from './plan-view.js';

export type BackendName = 'webgpu' | 'cpu';

export interface WriteRequest {
  readonly kind: 'write';
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

export interface DrawRequest {
  readonly kind: 'draw';
  readonly prompt: string;
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
}

/** From the page. `models` is the URL of the folder in which the models lie. */
export type Request =
  | { readonly kind: 'open'; readonly backend: BackendName; readonly models: string }
  | WriteRequest
  | DrawRequest
  | { readonly kind: 'stop' }
  | { readonly kind: 'trace' };

/** Counts since the device was opened, and bytes. */
export interface Figures {
  readonly dispatches: number;
  readonly passes: number;
  readonly barriers: number;
  readonly submissions: number;
  readonly plans: number;
  readonly replays: number;
  readonly plannedBytes: number;
  readonly unplannedBytes: number;
}

/** From the worker. */
export type Answer =
  | { readonly kind: 'opened'; readonly info: BackendInfo }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'picture';
      readonly width: number;
      readonly height: number;
      /** Red, green, blue and alpha of one pixel after the other. */
      readonly pixels: Uint8ClampedArray<ArrayBuffer>;
      /** Steps done of all; equal for the finished picture. */
      readonly step: number;
      readonly steps: number;
    }
  | { readonly kind: 'figures'; readonly figures: Figures }
  | { readonly kind: 'plan'; readonly plan: PlanView }
  /** Text or picture complete; `tokens` is 0 for a picture. */
  | { readonly kind: 'done'; readonly milliseconds: number; readonly tokens: number }
  | { readonly kind: 'trace'; readonly json: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
