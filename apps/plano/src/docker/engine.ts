import {
  type DockerEngine,
  type EngineAddress,
  type EngineError,
  engineAddress,
  engineWords,
  openEngine,
} from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import type { Environment } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";

/** The Docker engine that the environment names. Throws an AppError where none answers. */
export async function connectEngine(environment: Environment): Promise<DockerEngine> {
  const engine = await openEngine(addressOf(environment));
  await asking(engine.ping());
  return engine;
}

/** Throws an AppError that ends this program as all others do. */
function addressOf(environment: Environment): EngineAddress {
  try {
    return engineAddress(environment);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const { message, code, hint } = cause;
    throw new AppError(message, {
      code,
      cause,
      exitCode: exitCodes.failure,
      ...(hint !== undefined && { hint }),
    });
  }
}

/** The answer to a call. Rejects with an AppError in the engine's own words. */
export async function asking<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (cause) {
    throw engineFailure(cause);
  }
}

/** The answer to a call, or undefined if what it is about is not there. */
export async function askingIfThere<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (statusOf(cause) === 404) return undefined;
    throw engineFailure(cause);
  }
}

/** The same for a call that asks for what may be so already (304), or is being done (409). */
export async function askingOnce(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (cause) {
    const status = statusOf(cause);
    if (status !== 404 && status !== 304 && status !== 409) throw engineFailure(cause);
  }
}

function statusOf(cause: unknown): number | undefined {
  return cause instanceof Error ? (cause as EngineError).statusCode : undefined;
}

function engineFailure(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof AppError) return cause;
  if (statusOf(cause) !== undefined) {
    return new AppError(`Docker: ${engineWords(cause)}`, { code: "docker-failed", cause });
  }
  return new AppError(`the Docker engine does not answer: ${cause.message}`, {
    code: "docker-unavailable",
    cause,
    hint: "Is it running, and may this user use its socket? DOCKER_HOST names another one.",
  });
}
