import { AppError } from "@plano/errors";
import type { LogsOptions } from "../commands/logs.ts";
import type { Context } from "../context.ts";
import { dockerContainerName } from "../environment.ts";
import { findContainer } from "./container.ts";
import { containerLog } from "./container-log.ts";
import { connectEngine } from "./engine.ts";

/** Prints the end of the container's log and, with `follow`, all that is added until interrupted. */
export async function run(
  { follow, lines }: LogsOptions,
  { terminal, environment, onStopSignal }: Context,
): Promise<number> {
  const name = dockerContainerName(environment);
  const engine = await connectEngine(environment);
  const found = await findContainer(engine, name);
  if (found === undefined) {
    throw new AppError("no container is running", {
      code: "not-running",
      hint: "Start one with: planoai up --docker",
    });
  }
  const stop = new AbortController();
  const release = onStopSignal(() => stop.abort());
  try {
    const signal = follow ? { signal: stop.signal } : {};
    for await (const text of containerLog(engine, found.id, { lines, ...signal })) terminal.raw(text);
  } finally {
    release();
  }
  return 0;
}
