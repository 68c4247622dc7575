/** Deno runs a part of the suite on Chromium's software driver: wgpu has all of it on lavapipe, the driver under Dawn. */

import { missingDeno } from '../../../testing/deno.js';
import { describeOnHost } from '../../../testing/hosts.js';
import { inDeno } from './hosts/deno-suite.js';
import { remoteSuite } from './hosts/remote-suite.js';

describeOnHost(missingDeno('swiftshader'), 'in Deno on SwiftShader', () => {
  remoteSuite({ start: inDeno('swiftshader'), stride: 16, alwaysSampled: true, float16: false });
});
