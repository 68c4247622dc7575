import { webgpu } from './factory.js';

export { WebGpuBackend } from './backend.js';
export { webgpu } from './factory.js';
export { OPTIONAL_FEATURES, type OptionalFeature, type WebGpuOptions } from './options.js';

/** Makes the factory that a configuration names. */
export default webgpu;
