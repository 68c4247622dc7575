/** Deno runs the suite on Mesa's software driver, which has float16: the other implementation of WebGPU. */

import { missingDeno } from '../../../testing/deno.js';
import { describeOnHost } from '../../../testing/hosts.js';
import { inDeno } from './hosts/deno-suite.js';
import { remoteSuite } from './hosts/remote-suite.js';

describeOnHost(missingDeno('lavapipe'), 'in Deno on lavapipe', () => {
  remoteSuite({ start: inDeno('lavapipe'), stride: 8, float16: true, report: 'webgpu-deno-lavapipe' });
});
