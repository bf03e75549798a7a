import { type EngineError, engineWords } from "@plano/docker-engine";
import { pullFailure, RuntimeError } from "../runtime-error.ts";

const failures: Readonly<Record<number, "not-found" | "conflict">> = { 404: "not-found", 409: "conflict" };

/** The `RuntimeError` for whatever a call to the engine threw; an abort's reason stays as it is. */
export function toRuntimeError(cause: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof RuntimeError || !(cause instanceof Error)) return cause;
  const { statusCode } = cause as EngineError;
  if (statusCode === undefined) {
    return new RuntimeError(`the Docker engine does not answer: ${cause.message}`, {
      failure: "unavailable",
      cause,
      hint: "Is it running, and may this user use its socket?",
    });
  }
  return new RuntimeError(engineWords(cause), { failure: failures[statusCode] ?? "failed", cause });
}

/** A pull's failure: the registry may be out of reach though the engine answers. */
export function toPullError(cause: unknown, signal?: AbortSignal): unknown {
  const error = toRuntimeError(cause, signal);
  if (!(error instanceof RuntimeError) || error.failure !== "failed") return error;
  return new RuntimeError(error.message, { failure: pullFailure(error.message), cause });
}
