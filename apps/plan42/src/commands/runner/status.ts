import { existsSync } from "node:fs";
import { parseRunnerToken } from "@plano/crypto";
import { AppError } from "@plano/errors";
import {
  createControlClient,
  type RunnerConfig,
  type RunnerStatus,
  readLocalConfig,
  secondRunnerHint,
} from "@plano/runner-home";
import { formatDuration, showControls } from "@plano/terminal";
import { renewToken } from "../../api/renew-token.ts";
import { commandsWithFile } from "../../commands-with-file.ts";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";
import { missingHint, tellMissing } from "../../jobs/missing-variables.ts";
import { runnerNotices } from "../../jobs/runner-notices.ts";
import { configFileOf, foldersOf } from "../../jobs/runner-setup.ts";
import { chooseManager } from "../../services/choose-manager.ts";
import { stopSecondsOf } from "../../services/definition.ts";
import { describeState } from "../../services/describe-state.ts";
import { lastWords, logEnd } from "../../services/last-words.ts";
import type { ServiceManager, ServiceState } from "../../services/service-manager.ts";

export interface StatusOptions {
  readonly configFile?: string;
  readonly json: boolean;
}

/** What `runner status --json` prints. */
interface Status {
  readonly running: boolean;
  readonly service: {
    readonly manager: string;
    readonly file: string;
    readonly phase: ServiceState["phase"] | "unknown";
    readonly pid: number | null;
    readonly lastExitCode: number | null;
    readonly lastSignal: number | null;
    readonly restarts: number | null;
    /** Keys of the configuration that the service was described without: `runner enable` takes them over. */
    readonly enableNeeded: readonly string[];
    /** The last it said in its log, if it has failed. */
    readonly lastWords: string | null;
    /** Why nothing is known of it. */
    readonly problem: string | null;
  };
  /** Whether the daemon is another runner than the configuration's; null where that is not known. */
  readonly isOtherRunner: boolean | null;
  /** What the daemon tells of itself; null when none answers. */
  readonly daemon: RunnerStatus | null;
  readonly config: {
    readonly path: string;
    /** Why it cannot be used; null if it can. */
    readonly problem: string | null;
    /** Variables that it names for secrets, and that this shell does not have. */
    readonly missingVariables: readonly string[];
    /** RFC 3339; null when it does not expire, or is not known. */
    readonly tokenExpiresAt: string | null;
  };
  readonly log: string;
}

const soonMilliseconds = 7 * 24 * 3_600_000;

/** Tells how the service and the daemon are doing. Ends with 4 when no daemon runs. */
export async function run({ configFile, json }: StatusOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const folders = foldersOf(context);
  const daemon = (await createControlClient(folders.controlSocket).status()) ?? null;
  const manager = chooseManager(context, "status");
  const path = configFileOf(configFile, context);
  const { config, runnerId, ...told } = configStatus(path, context);
  const status: Status = {
    running: daemon !== null,
    service: {
      ...(await serviceStatus(manager, folders.serviceLog)),
      enableNeeded: enableNeeded(manager, path, config),
    },
    isOtherRunner: daemon === null || runnerId === undefined ? null : daemon.runnerId !== runnerId,
    daemon,
    config: told,
    log: folders.serviceLog,
  };
  if (json) terminal.json(status);
  else printStatus(status, path === folders.configFile ? undefined : path, context);
  return daemon === null ? exitCodes.notRunning : exitCodes.success;
}

async function serviceStatus(
  manager: ServiceManager,
  log: string,
): Promise<Omit<Status["service"], "enableNeeded">> {
  const common = { manager: manager.name, file: manager.file };
  try {
    const { phase, pid, lastExitCode, lastSignal, restarts } = await manager.state();
    const words = phase === "failed" ? lastWords(logEnd(log)) : [];
    return {
      ...common,
      phase,
      pid: pid ?? null,
      lastExitCode: lastExitCode ?? null,
      lastSignal: lastSignal ?? null,
      restarts: restarts ?? null,
      lastWords: words.length > 0 ? words.join("\n") : null,
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message: problem } = error;
    const nothing = { pid: null, lastExitCode: null, lastSignal: null, restarts: null, lastWords: null };
    return { ...common, phase: "unknown", ...nothing, problem };
  }
}

/** What a service of this file would be described with differently. */
function enableNeeded(
  manager: ServiceManager,
  path: string,
  config: RunnerConfig | undefined,
): readonly string[] {
  const limit = manager.stopSeconds();
  if (config === undefined || limit === undefined || manager.configFile() !== path) return [];
  return limit < stopSecondsOf(config) ? ["shutdown_timeout"] : [];
}

function configStatus(
  path: string,
  { platform, environment }: Context,
): Status["config"] & { readonly config?: RunnerConfig; readonly runnerId?: string } {
  const unknown = { problem: null, missingVariables: [], tokenExpiresAt: null };
  if (!existsSync(path)) return { path, ...unknown, problem: "it is not there" };
  try {
    const { config, missing } = readLocalConfig({ path, platform, variables: environment });
    const known = { path, ...unknown, missingVariables: missing, config };
    if (config.token === "" && missing.length > 0) return known;
    const { expiresAt, runnerId } = parseRunnerToken(config.token);
    return { ...known, runnerId, tokenExpiresAt: expiresAt?.toISOString() ?? null };
  } catch (error) {
    return { path, ...unknown, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** `otherFile` is a configuration that is not the usual one. */
function printStatus(
  { service, isOtherRunner, daemon, config, log }: Status,
  otherFile: string | undefined,
  { terminal }: Context,
): void {
  const { style } = terminal;
  const now = Date.now();
  const ago = (time: string | null) =>
    time === null ? "not yet" : `${formatDuration(Math.max(0, now - Date.parse(time)))} ago`;
  if (daemon === null) {
    terminal.line(`${style.red("●")} The runner is not running.`);
  } else {
    const uptime = formatDuration(now - Date.parse(daemon.startedAt));
    const state = daemon.draining ? style.yellow("stopping: its jobs may finish") : "running";
    terminal.line(
      `${style.green("●")} The runner is ${state} (process ${daemon.pid}, version ${daemon.version}, for ${uptime})`,
    );
  }
  terminal.heading("Service");
  terminal.table([
    [`  ${service.manager}`, describeState(service)],
    ...(service.lastWords?.split("\n").map((line) => ["", showControls(line)]) ?? []),
    ...(service.phase === "not enabled"
      ? [["", style.dim(commandsWithFile("plan42 runner enable makes it one", otherFile))]]
      : []),
    ...(service.problem === null ? [] : [["", service.problem]]),
  ]);
  if (daemon !== null) {
    const { running, waiting, maximum } = daemon.capacity;
    terminal.heading("Server");
    terminal.table([
      ["  url", daemon.url],
      ["  last call", daemon.server === "ok" ? style.green("ok") : style.red(daemon.server)],
      ...daemon.queues.map(({ queueId, phase, lastPollAt }) => [
        `  queue ${queueId.slice(0, 8)}`,
        `${phase}, last poll ${ago(lastPollAt)}`,
      ]),
    ]);
    terminal.heading("Jobs");
    terminal.table([
      [`  ${daemon.runtime}`, `${running} of ${maximum} running, ${waiting} waiting`],
      ...daemon.jobs.map(({ jobId, step, acceptedAt }) => [`  ${jobId}`, `${step}, came ${ago(acceptedAt)}`]),
    ]);
  }
  terminal.heading("Files");
  terminal.table([
    ["  config", config.path],
    ["  log", log],
  ]);
  // One whose own file names another runner by now tells that it waits for a restart.
  if (isOtherRunner && daemon !== null && daemon.configFile !== config.path) {
    const { configFile = "another" } = daemon;
    terminal.warning(`the runner that is running is not this configuration's; it has ${configFile}`);
    terminal.errorLine(`  ${secondRunnerHint}`);
  }
  if (config.problem !== null) {
    terminal.warning(`the configuration cannot be used: ${config.problem}`);
    const next = existsSync(config.path) ? "plan42 doctor says where" : "plan42 runner config sets it up";
    terminal.errorLine(`  ${commandsWithFile(next, otherFile)}`);
  }
  if (config.missingVariables.length > 0) {
    terminal.warning(tellMissing(config.missingVariables));
    terminal.errorLine(`  ${missingHint}`);
  }
  for (const { text, mend } of runnerNotices({ ...daemon, enableNeeded: service.enableNeeded })) {
    terminal.warning(text);
    terminal.errorLine(`  ${commandsWithFile(mend, otherFile)}`);
  }
  warnOfExpiry(config.tokenExpiresAt, commandsWithFile(renewToken, otherFile), terminal);
}

function warnOfExpiry(expiresAt: string | null, renewal: string, terminal: Context["terminal"]): void {
  if (expiresAt === null) return;
  const left = Date.parse(expiresAt) - Date.now();
  if (left >= soonMilliseconds) return;
  terminal.warning(
    left < 0 ? "the runner's token has expired" : `the runner's token expires in ${formatDuration(left)}`,
  );
  terminal.errorLine(`  a new one: ${renewal}`);
}
