import { AppError } from "@plano/errors";

/**
 * An error for the log: what failed and why. The places in the code are told of faults of the program only, not
 * of what the network, the engine or the disk did.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, cause } = error;
  const isExpected = error instanceof AppError || "code" in error || cause !== undefined;
  return {
    type: name,
    message,
    ...("code" in error && { code: error.code }),
    ...(cause !== undefined && { cause: describeError(cause) }),
    ...(!isExpected && { stack: error.stack }),
  };
}
