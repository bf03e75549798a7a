import { request } from "node:http";
import { AppError } from "@plano/errors";
import type { KillResult, RunnerStatus, RunnerUsage } from "./protocol.ts";

const restartHint = "Its log tells more: plan42 runner logs. To start it anew: plan42 runner enable";

/** Asks a running daemon by its control socket. */
export interface ControlClient {
  /** Undefined when no daemon runs. */
  status(): Promise<RunnerStatus | undefined>;
  /** What its jobs use; undefined when no daemon runs. */
  usage(): Promise<RunnerUsage | undefined>;
  /** Kills a job and marks its turn as failed; undefined when no daemon runs. */
  kill(jobId: string): Promise<KillResult | undefined>;
}

const timeoutMilliseconds = 30_000;

export function createControlClient(socketPath: string): ControlClient {
  const ask = <Answer>(method: string, path: string): Promise<Answer | undefined> =>
    new Promise((resolve, reject) => {
      const call = request({ socketPath, method, path, timeout: timeoutMilliseconds }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("error", reject);
        response.on("end", () => {
          try {
            const answer = JSON.parse(text);
            if (response.statusCode === 200) resolve(answer);
            else reject(new AppError(`the runner cannot tell: ${answer.error}`, { code: "control" }));
          } catch (cause) {
            reject(
              new AppError("the runner's answer is not understood", {
                code: "control",
                cause,
                hint: restartHint,
              }),
            );
          }
        });
      });
      call.on("timeout", () =>
        call.destroy(new AppError("the runner does not answer", { code: "control", hint: restartHint })),
      );
      call.on("error", (error: NodeJS.ErrnoException) => {
        // Without a daemon there is no socket, or one that a dead daemon has left.
        if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
        else reject(error);
      });
      call.end();
    });
  return {
    status: () => ask<RunnerStatus>("GET", "/status"),
    usage: () => ask<RunnerUsage>("GET", "/usage"),
    kill: (jobId) => ask<KillResult>("POST", `/jobs/${encodeURIComponent(jobId)}/kill`),
  };
}
