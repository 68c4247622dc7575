/** What needs Node's file system; everything else of this package runs in browsers too. */

export { type WriteFileOptions, writeFileWhole } from './node/atomic-file.js';
export { EMBEDDED_MODELS, type EmbeddedModel, embeddedModelPath } from './node/embedded.js';
export { fileFolder, fileSource } from './node/file.js';
export { openModel } from './node/model.js';
export { openPictureModel, type PicturePaths } from './node/picture-model.js';
export { defaultUpscaleModelPath, UPSCALE_PACKAGE } from './node/upscale-model.js';
