import type { RunnerConfig, RunnerFolders } from "@plano/runner-home";
import type { Context } from "../context.ts";
import { serviceEnvironment } from "../environment.ts";
import { siblingCommand } from "../siblings.ts";
import type { ServiceDefinition } from "./service-manager.ts";

/** What it takes at most to end after its jobs had their time. */
const endSeconds = 30;

/** How long a runner of a configuration may take to stop. */
export function stopSecondsOf({ shutdownTimeout }: Pick<RunnerConfig, "shutdownTimeout">): number {
  return Math.ceil(shutdownTimeout / 1000) + endSeconds;
}

/** The runner of a configuration as a service. */
export function serviceDefinition(
  config: RunnerConfig,
  configFile: string,
  { serviceLog }: RunnerFolders,
  context: Context,
): ServiceDefinition {
  return {
    command: [...siblingCommand("plan42-runner", context), "--config-file", configFile],
    logFile: serviceLog,
    stopSeconds: stopSecondsOf(config),
    environment: serviceEnvironment(context.environment),
    needsPrivileges: config.runtime === "podman",
  };
}
