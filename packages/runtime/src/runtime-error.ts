import { AppError } from "@plano/errors";

/**
 * What kind of failure a runtime met.
 *
 * - `unavailable`: the engine or its program does not answer; the same call may succeed later.
 * - `not-found`: there is no such container, network or image.
 * - `conflict`: the name is taken.
 * - `registry-unreachable`: a pull failed on the way; the same pull may succeed later.
 * - `failed`: anything else; the engine's own words are the message.
 */
export type RuntimeFailure = "unavailable" | "not-found" | "conflict" | "registry-unreachable" | "failed";

/** A container runtime refused or could not do what it was asked. */
export class RuntimeError extends AppError {
  override readonly name = "RuntimeError";
  readonly failure: RuntimeFailure;

  constructor(message: string, options: { failure: RuntimeFailure; cause?: unknown; hint?: string }) {
    super(message, {
      code: `runtime-${options.failure}`,
      cause: options.cause,
      ...(options.hint === undefined ? {} : { hint: options.hint }),
    });
    this.failure = options.failure;
  }
}

/** Whether a thrown value is a {@link RuntimeError} of one of these kinds. */
export function isRuntimeFailure(error: unknown, ...failures: readonly RuntimeFailure[]): boolean {
  return error instanceof RuntimeError && failures.includes(error.failure);
}

/** What registries and networks say when a pull fails for a reason that may pass. */
const passing =
  /timeout|timed out|deadline exceeded|connection (?:refused|reset)|unexpected EOF|: EOF|no route to host|network is unreachable|no such host|temporary failure in name resolution|tls handshake|broken pipe|too ?many ?requests|(?:status|http|code)[^\d]{0,12}(?:429|5\d\d)|service unavailable|bad gateway|internal server error/i;

/** The failure of a pull by what the engine said. */
export function pullFailure(message: string): RuntimeFailure {
  return passing.test(message) ? "registry-unreachable" : "failed";
}
