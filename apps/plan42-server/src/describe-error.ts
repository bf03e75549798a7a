import { DrizzleQueryError } from "drizzle-orm";

/** An error for the log: what happened and where, without the values that a statement was about. */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, cause } = error;
  const isStatement = error instanceof DrizzleQueryError;
  return {
    name,
    message: isStatement ? `a statement failed: ${error.query}` : error.message,
    ...("code" in error && { code: error.code }),
    // The stack begins with the message, which may hold values.
    stack: error.stack?.split("\n").filter((line) => /^\s+at /.test(line)),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}
