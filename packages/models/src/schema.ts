import { type ErrorCode, WickError } from '@wick/core';
import * as v from 'valibot';

/** Holds parsed JSON to a schema. Raises `code` naming the field of `label` that breaks it. */
export function parseAs<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  label: string,
  code: ErrorCode,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'the file';
  throw new WickError(code, `${label}: ${path} is wrong: ${issue.message}.`, { label });
}
