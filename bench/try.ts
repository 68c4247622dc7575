import { measureDispatches, SIZES } from '/work/main/bench/dispatch/measure.js';
import { nullBackend } from '/work/main/bench/null-backend.js';
import { FULL } from '/work/main/bench/timing.js';
for (const n of SIZES) {
  const c = await measureDispatches(nullBackend, FULL, n);
  console.log(Object.entries(c).map(([k, v]) => `${k}=${Number(v).toFixed(3)}`).join(' '));
}
