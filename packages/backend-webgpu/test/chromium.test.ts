/** Chromium runs the suite in a page, and a part of it in a worker, on its software adapter or the GPU. */

import { missingChromium } from '../../../testing/chromium.js';
import { describeOnHost } from '../../../testing/hosts.js';
import { inChromium } from './hosts/chromium-suite.js';
import { remoteSuite } from './hosts/remote-suite.js';

describeOnHost(missingChromium(), 'in a page of Chromium', () => {
  remoteSuite({ start: inChromium('page'), stride: 8, float16: false, report: 'webgpu-chromium' });
});

describeOnHost(missingChromium(), 'in a worker of Chromium', () => {
  const only = ({ group }: { readonly group: string }) => group.startsWith('invariant');
  remoteSuite({ start: inChromium('worker'), stride: 1, float16: false, only });
});
