import { AppError } from "@plano/errors";
import type { Context } from "../../context.ts";
import { homeFolder } from "../../environment.ts";
import { runFiles } from "../../gateway/run-files.ts";
import { isListening, runningListener, startListener } from "../../traces/listener.ts";

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** Starts the collector in the background. One that runs there already is no failure. */
export async function run({ host, port }: ListenOptions, context: Context): Promise<number> {
  const { terminal, environment } = context;
  const files = runFiles(homeFolder(environment));
  const running = runningListener(files);
  if (running !== undefined) {
    if (running.port === port && running.host === host) {
      terminal.line(`The trace listener is running already (pid ${running.pid}) on ${host}:${port}`);
      return 0;
    }
    throw new AppError(`a trace listener is running already, on ${running.host}:${running.port}`, {
      code: "already-running",
      hint: "Stop it with: planoai trace down",
    });
  }
  if (await isListening(host, port)) {
    throw new AppError(`port ${port} is already in use by another program`, {
      code: "port-in-use",
      hint: `It may be another collector. Find it with: lsof -i :${port}\nOr choose another port: planoai trace listen --port PORT`,
    });
  }
  const { pid } = await startListener(files, { host, port }, context);
  terminal.success(`Trace listener is running (pid ${pid}) on ${host}:${port}`);
  return 0;
}
