/** Picture models of any kind, as a program that does not care which uses them. */

export { type OpenPictureOptions, openPictureFolder, type PictureModelFiles } from './files.js';
export type { PictureOptions, PictureStep } from './options.js';
export { loadPictureModel, type PictureModel } from './picture-model.js';
