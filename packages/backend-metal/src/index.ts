import { metal } from './factory.js';

export { MetalBackend } from './backend.js';
export { metal } from './factory.js';
export type { MetalOptions } from './options.js';

/** Makes the factory that a configuration names. */
export default metal;
