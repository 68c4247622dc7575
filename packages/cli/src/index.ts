/** The `wick` command as a function, for programs that bring their own streams. */

export { type Io, type Output, OutputClosed, processIo } from './io.js';
export { main } from './main.js';
