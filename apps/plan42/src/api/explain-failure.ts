import { ApiError, CallError, ConnectionError } from "@plano/client";
import { AppError } from "@plano/errors";

/**
 * An error of the API as its user needs it: with the server's address, the proxy on the way there, and what to do
 * next. Others stay as they are.
 */
export function explainFailure(error: unknown, url: string, proxy?: string): unknown {
  if (error instanceof ConnectionError) {
    const { reason } = error;
    const way = proxy === undefined ? "" : ` by the proxy ${proxy}`;
    return new AppError(`cannot reach the server at ${url}${way}: ${reason}`, {
      code: error.code,
      cause: error,
      hint: connectionHint(reason, url, proxy),
    });
  }
  if (error instanceof CallError) {
    return new AppError(error.message, { code: error.code, cause: error, hint: answerHint(error, url) });
  }
  return error;
}

function connectionHint(reason: string, url: string, proxy: string | undefined): string {
  if (reason.includes("certificate")) {
    return "NODE_EXTRA_CA_CERTS=FILE names the certificate of an authority of your own.";
  }
  if (proxy !== undefined) return "NO_PROXY=HOST names a server that is reached without the proxy.";
  const { hostname } = new URL(url);
  if (hostname === "localhost" || hostname.startsWith("127.")) {
    return "plan42 server start starts one here; --url names another.";
  }
  return "Is the address right, and the server running? --url names another.";
}

function answerHint(error: AppError, url: string): string {
  if (!(error instanceof ApiError)) return `Is ${url} a Plan42 server? --url names another.`;
  if (error.status === 401) {
    return `The token for ${url} is wrong, expired or revoked: plan42 login --url ${url} < TOKEN-FILE`;
  }
  return `Asked: ${url}`;
}
