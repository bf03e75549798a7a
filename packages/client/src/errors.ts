import { AppError, type AppErrorOptions, describeCause } from "@plano/errors";
import { type EndpointName, type ErrorBody, errorBodySchema } from "@plano/protocol";
import { describeCall } from "./describe-call.ts";

/** A call of the API that has failed. Its message begins with what was being done. */
export class CallError extends AppError {
  override readonly name: string = "CallError";
  /** What went wrong, without what was being done. */
  readonly reason: string;

  constructor(call: EndpointName, reason: string, options: AppErrorOptions) {
    super(`${describeCall[call]}: ${reason}`, options);
    this.reason = reason;
  }
}

/** The server answered, but not with success. */
export class ApiError extends CallError {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** The body, if it was of the API's shape. */
  readonly body: ErrorBody | undefined;
  /** What the server asked to wait for, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(
    call: EndpointName,
    status: number,
    body: ErrorBody | undefined,
    retryAfter: number | undefined,
  ) {
    const words = body?.Message || body?.ErrorType;
    super(call, `the server answered ${status}${words ? `: ${words}` : ""}`, {
      code: codeOf(status),
      ...(status === 401 && { hint: "The token is wrong, expired or revoked." }),
    });
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  /** Stable name of the failure that the server gave, such as `NotFound`. */
  get errorType(): string | undefined {
    return this.body?.ErrorType || undefined;
  }
}

/** No answer: the connection failed, broke off or took too long. */
export class ConnectionError extends CallError {
  override readonly name = "ConnectionError";

  constructor(call: EndpointName, cause: unknown) {
    super(call, describeConnection(cause), { code: "no-connection", cause });
  }
}

/** An answer came that makes no sense, such as a page of a proxy. */
export class UnexpectedAnswerError extends CallError {
  override readonly name = "UnexpectedAnswerError";

  constructor(call: EndpointName, reason: string) {
    super(call, `the server's answer is not understood: ${reason}`, { code: "unexpected-answer" });
  }
}

/** Whether the same call may succeed a little later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 408 || error.status === 429 || (error.status >= 500 && error.status !== 501);
}

/** The error for an answer with this status, body and `Retry-After`. */
export function apiError(
  call: EndpointName,
  {
    status,
    text,
    retryAfter,
    now,
  }: { status: number; text: string; retryAfter: string | undefined; now: number },
): ApiError {
  let body: ErrorBody | undefined;
  try {
    body = errorBodySchema.safeParse(JSON.parse(text)).data;
  } catch {
    // A proxy in between answers with a page of its own: the status says enough.
  }
  return new ApiError(call, status, body, parseRetryAfter(retryAfter, now));
}

/** Milliseconds to wait by a `Retry-After` header: seconds or a date. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (!value) return undefined;
  const milliseconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

const codes: Readonly<Record<number, string>> = {
  400: "bad-request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  429: "too-many-requests",
};

function codeOf(status: number): string {
  return codes[status] ?? (status >= 500 ? "server-error" : "api-error");
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke off",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name cannot be looked up now",
  UND_ERR_CONNECT_TIMEOUT: "no connection within the time limit",
  UND_ERR_SOCKET: "the connection broke off",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate comes from an unknown authority",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
};

function describeConnection(cause: unknown): string {
  if (cause instanceof DOMException && cause.name === "TimeoutError")
    return "no answer within the time limit";
  // fetch hides what happened one level down.
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  // undici has one code for all that breaks a call off, and tells of a proxy in words.
  const [, proxyStatus] = /^Proxy response \((\d+)\)/.exec(inner instanceof Error ? inner.message : "") ?? [];
  if (proxyStatus === "407") return "the proxy does not know the user or the password (407)";
  if (proxyStatus !== undefined) return `the proxy refused the connection (${proxyStatus})`;
  const described = describeCause(inner);
  return reasons[described] ?? (described || "no connection");
}
