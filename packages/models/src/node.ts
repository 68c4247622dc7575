/** What needs Node's file system; everything else of this package runs in browsers too. */

export { EMBEDDED_MODELS, type EmbeddedModel, embeddedModelPath } from './node/embedded.js';
export { fileFolder, fileSource } from './node/file.js';
export { openModel } from './node/model.js';
