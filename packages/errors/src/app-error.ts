/** What an {@link AppError} carries besides its message. */
export interface AppErrorOptions {
  /** Stable kebab-case name of the failure, for scripts and `--json`. */
  readonly code: string;
  /** The error that led here. Never shown in full to the user. */
  readonly cause?: unknown;
  /** What the user can do next, in one or a few lines. */
  readonly hint?: string;
  /** Exit code of the program that ends with this error. Default 1. */
  readonly exitCode?: number;
}

/**
 * A failure that the person at the keyboard can understand and act on.
 *
 * Anything else that reaches a program's error printer is a fault of the program itself.
 */
export class AppError extends Error {
  override readonly name: string = "AppError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: AppErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The command line itself was wrong; ends the program with exit code 2. */
export class UsageError extends AppError {
  override readonly name = "UsageError";

  constructor(message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(message, { ...options, code: "usage", exitCode: 2 });
  }
}
