import { requiredVariables } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { homeFolder, withMetricsAddress } from "../environment.ts";
import { compileServed } from "../gateway/config-file.ts";
import { describeConfig } from "../gateway/description.ts";
import { takeLock } from "../gateway/lock.ts";
import { type RunFiles, runFiles } from "../gateway/run-files.ts";
import { requireVariables, withInherited } from "../gateway/variables.ts";
import { refuseLocalAgents } from "../up/local-agents.ts";
import { applyFiles } from "./apply.ts";
import { findContainer } from "./container.ts";
import { planDocker } from "./plan.ts";
import { type DockerRecord, writeRecord } from "./record.ts";
import { notingRefusal } from "./refusal.ts";
import { runningVariables } from "./running-variables.ts";

/** Has the container that runs serve its configuration file as it is now. */
export function run(record: DockerRecord, context: Context): Promise<number> {
  return notingRefusal(context.environment, () => reload(record, context));
}

async function reload(record: DockerRecord, context: Context): Promise<number> {
  const environment = withMetricsAddress(context.environment, record.metrics);
  const files: RunFiles = runFiles(homeFolder(environment));
  const { config } = compileServed(record.config_path, { ...context, environment });
  refuseLocalAgents(config);
  const folder = record.config_folder;
  const known = await withInherited(requiredVariables(config), folder, environment, () =>
    runningVariables(environment),
  );
  const variables = requireVariables(requiredVariables(config), known, folder);
  const plan = await planDocker({ config, variables, files, native: record.native }, { environment });
  const unlock = takeLock(plan.docker);
  try {
    const found = await findContainer(plan.engine, record.container_name);
    if (found?.id !== record.container_id || !found.isRunning) throw notRunning();
    if (found.settings !== plan.container.settings) {
      throw new AppError(
        "the configuration in force stays: its image, ports, keys or time to stop have changed",
        {
          code: "needs-restart",
          hint: `A container cannot change these while it runs. Replace it: planoai up --docker${record.native ? " --native" : ""} ${record.config_path}`,
        },
      );
    }
    if (!(await applyFiles(plan, context.terminal))) {
      throw new AppError("the configuration in force stays: the container does not answer", {
        code: "no-answer",
        hint: "planoai logs --docker shows its log; planoai up --docker has it answer again, or replaces it.",
      });
    }
    const { last_failure: _, ...rest } = record;
    writeRecord(plan.docker, { ...rest, ...describeConfig(config) });
    return 0;
  } finally {
    unlock();
  }
}

function notRunning(): AppError {
  return new AppError("the container does not run any more", {
    code: "not-running",
    hint: "Start it anew with: planoai up --docker",
  });
}
