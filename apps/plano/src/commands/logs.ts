import { existsSync } from "node:fs";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { startedContainer } from "../docker/record.ts";
import { homeFolder } from "../environment.ts";
import { followLog, lastLines } from "../gateway/log-file.ts";
import { runFiles } from "../gateway/run-files.ts";

export interface LogsOptions {
  readonly follow: boolean;
  /** How many of the last lines to print. */
  readonly lines: number;
}

/** Prints the end of the gateway's log and, with `follow`, all that is added until interrupted. */
export async function run(
  { follow, lines }: LogsOptions,
  { terminal, environment, onStopSignal }: Context,
): Promise<number> {
  const { dataPlaneLog } = runFiles(homeFolder(environment));
  if (!existsSync(dataPlaneLog)) {
    throw new AppError(`there is no log ${dataPlaneLog}`, {
      code: "no-log",
      hint:
        startedContainer(environment) === undefined
          ? "The gateway writes it when it is started with: planoai up"
          : "The engine keeps the log of a container: planoai logs --docker",
    });
  }
  const stop = new AbortController();
  const release = onStopSignal(() => stop.abort());
  try {
    const following = follow ? followLog(dataPlaneLog, terminal.raw, stop.signal) : undefined;
    for (const line of lastLines(dataPlaneLog, lines)) terminal.line(line);
    await following;
  } finally {
    release();
  }
  return 0;
}
