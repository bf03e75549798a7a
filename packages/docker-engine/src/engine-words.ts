/** What dockerode rejects with: an HTTP answer has `statusCode` and `json`, a socket's error has `code`. */
export interface EngineError extends Error {
  readonly statusCode?: number;
  readonly json?: unknown;
  readonly code?: string;
}

/** What the engine itself says of a call that failed. */
export function engineWords(error: EngineError): string {
  const { json } = error;
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") {
    return json.message.trim();
  }
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim();
}
