import { WickError } from '@wick/core';

/** BAD_MODEL for a field of a configuration file that contradicts another, or that Wick does not have. */
export function refuse(file: string, field: string, what: string): WickError {
  return new WickError('BAD_MODEL', `${file}: ${field} ${what}.`, { label: file });
}
