import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { startedContainer } from "../docker/record.ts";
import { homeFolder, withMetricsAddress } from "../environment.ts";
import { submissionOf } from "../gateway/candidate.ts";
import { submit } from "../gateway/control.ts";
import { readInstance } from "../gateway/instance.ts";
import { runFiles } from "../gateway/run-files.ts";
import { printInForce, refusedError, restartCommand } from "../print-outcome.ts";

/** Has the running gateway serve its configuration file as it is now, and waits until it does. */
export async function run(_options: object, context: Context): Promise<number> {
  const { terminal } = context;
  const state = readInstance(runFiles(homeFolder(context.environment)));
  if (state.kind !== "running") {
    const container = startedContainer(context.environment);
    if (container !== undefined) return (await import("../docker/reload.ts")).run(container, context);
    throw new AppError("no gateway is running", {
      code: "not-running",
      hint: "Start one with: planoai up",
    });
  }
  const { instance } = state;
  const { control, config_path: configPath, config_folder: folder } = instance;
  const { collector } = instance;
  const source = { configPath, folder, deployment: instance.native?.deployment, collector };
  const environment = withMetricsAddress(context.environment, instance.metrics);
  const outcome =
    control === null ? undefined : await submit(control, submissionOf(source, { ...context, environment }));
  if (outcome === undefined) {
    const reason =
      control === null ? "takes no changes while it runs" : `does not answer at its socket, ${control}`;
    throw new AppError(`the gateway (pid ${instance.brightstaff_pid}) ${reason}`, {
      code: "needs-restart",
      hint: `Start it anew with: ${restartCommand(instance)}`,
    });
  }
  if (outcome.outcome === "refused") throw refusedError(outcome, restartCommand(instance));
  printInForce(outcome, Date.now(), terminal);
  return 0;
}
