import { formatDuration } from "@plano/terminal";
import type { Context } from "../context.ts";
import { type DockerRecord, startedContainer } from "../docker/record.ts";
import { homeFolder } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ConfigState } from "../gateway/config-state.ts";
import { clientUrl, isHealthy } from "../gateway/health.ts";
import { type Instance, readConfigState, readInstance } from "../gateway/instance.ts";
import { type RunFiles, runFiles } from "../gateway/run-files.ts";
import { orphanedEnvoy } from "../gateway/stop.ts";

export interface StatusOptions {
  readonly json: boolean;
}

/** What `status --json` prints. */
type Status =
  | {
      readonly running: false;
      /** An Envoy that serves on though its gateway is gone; the key is absent if there is none. */
      readonly orphaned_envoy?: {
        readonly pid: number;
        /** Where clients on this machine reach it. */
        readonly urls: readonly string[];
        /** The command that ends it. */
        readonly ended_by: string;
      };
    }
  | {
      readonly running: true;
      /** Of the data plane; in a container, on the machine of its engine. */
      readonly pid: number;
      /** Null outside a container. */
      readonly container: { readonly id: string; readonly name: string; readonly image: string } | null;
      readonly version: string;
      /** ISO 8601. */
      readonly started_at: string;
      readonly uptime_seconds: number;
      readonly config_path: string;
      /** Null of a gateway that takes no changes while it runs. */
      readonly config: {
        /** Counted from 1 at the start. */
        readonly version: number;
        /** ISO 8601. */
        readonly applied_at: string;
        /** What was different from the version before. */
        readonly changes: readonly string[];
        /** Why what was written since is not in force; null if all is. */
        readonly last_failure: { readonly at: string; readonly reason: string } | null;
      } | null;
      /** Null in a container, whose engine keeps the log: planoai logs --docker. */
      readonly log_path: string | null;
      readonly metrics_url: string;
      readonly listeners: readonly {
        readonly name: string;
        readonly address: string;
        readonly port: number;
        /** Where a client on this machine reaches it. */
        readonly url: string;
        readonly healthy: boolean;
      }[];
      readonly model_providers: Instance["model_providers"];
    };

/** Tells whether the gateway runs and how it is doing. */
export async function run({ json }: StatusOptions, { terminal, environment }: Context): Promise<number> {
  const files = runFiles(homeFolder(environment));
  const status =
    (await statusOfProcess(files)) ?? (await statusOfContainer(environment)) ?? statusOfNone(files);
  if (json) terminal.json(status);
  else if (!status.running) printNone(status, terminal);
  else printStatus(status, terminal);
  return status.running ? exitCodes.success : exitCodes.notRunning;
}

type Running = Extract<Status, { running: true }>;
type NotRunning = Extract<Status, { running: false }>;

function statusOfNone(files: RunFiles): NotRunning {
  const state = readInstance(files);
  const orphan = "instance" in state ? orphanedEnvoy(state.instance, files) : undefined;
  if (orphan === undefined || !("instance" in state)) return { running: false };
  const urls = state.instance.listeners.map(clientUrl);
  return { running: false, orphaned_envoy: { pid: orphan.pid, urls, ended_by: "planoai down" } };
}

function printNone({ orphaned_envoy: orphan }: NotRunning, terminal: Context["terminal"]): void {
  terminal.line("No gateway is running");
  if (orphan === undefined) return;
  const { pid, urls, ended_by: command } = orphan;
  terminal.warning(`The Envoy of one that is gone still serves (pid ${pid}): ${urls.join(", ")}`);
  terminal.errorLine(`  End it with: ${command}`);
}

async function statusOfProcess(files: RunFiles): Promise<Running | undefined> {
  const state = readInstance(files);
  if (state.kind !== "running") return undefined;
  const { instance } = state;
  return {
    running: true,
    pid: instance.brightstaff_pid,
    container: null,
    ...(await statusOf(instance)),
    config: configStatus(readConfigState(files, instance)),
    log_path: files.dataPlaneLog,
  };
}

async function statusOfContainer(environment: Context["environment"]): Promise<Running | undefined> {
  const record = startedContainer(environment);
  if (record === undefined) return undefined;
  const { runningContainer } = await import("../docker/status.ts");
  const found = await runningContainer(record, environment);
  if (found === undefined) return undefined;
  const { container_id: id, container_name: name, image } = record;
  return {
    running: true,
    pid: found.pid,
    container: { id, name, image },
    ...(await statusOf(record)),
    config: configStatus(found.state),
    log_path: null,
  };
}

/** What is told of a gateway wherever it runs. */
async function statusOf(started: Instance | DockerRecord) {
  const listeners = started.listeners.map(async ({ name, address, port }) => {
    const url = clientUrl({ address, port });
    return { name, address, port, url, healthy: await isHealthy(url) };
  });
  return {
    version: started.version,
    started_at: started.started_at,
    uptime_seconds: Math.max(0, Math.round((Date.now() - Date.parse(started.started_at)) / 1000)),
    config_path: started.config_path,
    metrics_url: `${clientUrl(started.metrics)}/metrics`,
    listeners: await Promise.all(listeners),
    model_providers: started.model_providers,
  };
}

function configStatus(state: ConfigState | undefined): Running["config"] {
  if (state === undefined) return null;
  const { in_force, last_failure: failure } = state;
  return {
    version: in_force.version,
    applied_at: new Date(in_force.applied_at_ms).toISOString(),
    changes: in_force.changes,
    last_failure:
      failure === null ? null : { at: new Date(failure.at_ms).toISOString(), reason: failure.reason },
  };
}

function printStatus(status: Running, terminal: Context["terminal"]): void {
  const { style } = terminal;
  const uptime = formatDuration(status.uptime_seconds * 1000);
  const what = status.container === null ? `pid ${status.pid}` : `container ${status.container.name}`;
  terminal.success(`Plano is running (${what}, version ${status.version}, for ${uptime})`);
  terminal.line();
  terminal.heading("Listeners");
  terminal.table(
    status.listeners.map(({ name, url, healthy }) => [
      `  ${name}`,
      url,
      healthy ? style.green("healthy") : style.red("no answer"),
    ]),
  );
  terminal.heading("Models");
  terminal.table(
    status.model_providers.map((provider) => [
      `  ${provider.name}`,
      provider.model === "*" ? "all models" : provider.model,
      provider.provider_interface,
      provider.default ? "default" : "",
    ]),
  );
  terminal.heading("Files");
  const { config } = status;
  terminal.table([
    ["  config", status.config_path],
    ...(config === null ? [] : [["  in force", `version ${config.version}, since ${config.applied_at}`]]),
    ["  log", status.log_path ?? "planoai logs --docker"],
    ["  metrics", status.metrics_url],
  ]);
  const failure = config?.last_failure;
  if (failure) {
    terminal.warning(`What was written is not in force: it was refused at ${failure.at}`);
    for (const line of failure.reason.split("\n")) terminal.errorLine(line === "" ? "" : `  ${line}`);
  }
}
