/** What needs Node's file system; everything else of this package runs in browsers too. */
export { fileFolder, fileSource } from './node/file.js';
