import { z } from "zod";
import { ApiError } from "./errors.ts";

/** The object that stands in the way of a change, as a 409 carries it; undefined for any other error. */
export function conflictingObject<Schema extends z.ZodType>(
  error: unknown,
  schema: Schema,
): z.output<Schema> | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  return z.safeParse(schema, error.body?.Current).data;
}

/**
 * Makes a change that names a version, and makes it again on the object that a conflict shows. `change` may
 * look at the object and return undefined to leave it as it is. Rejects with the last conflict.
 */
export async function changeVersioned<Schema extends z.ZodType<{ Version: number }>, Result>(
  current: z.output<Schema>,
  {
    schema,
    change,
    attempts = 5,
  }: {
    readonly schema: Schema;
    readonly change: (current: z.output<Schema>) => Promise<Result>;
    readonly attempts?: number;
  },
): Promise<Result> {
  let known = current;
  for (let count = 1; ; count += 1) {
    try {
      return await change(known);
    } catch (error) {
      const newer = conflictingObject(error, schema);
      // A conflict over the version that was named is about something else.
      if (newer === undefined || newer.Version === known.Version || count >= attempts) throw error;
      known = newer;
    }
  }
}
