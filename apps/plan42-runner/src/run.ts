import { resolve } from "node:path";
import { parseRunnerToken } from "@plano/crypto";
import { AppError } from "@plano/errors";
import { findConfig, jobLogFile, runnerFolders } from "@plano/runner-home";
import { type Logger, pino } from "pino";
import type { Context } from "./context.ts";
import { folderVariables, logLevel, tracesUrl } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import { chooseRuntime, openRuntime } from "./host/choose-runtime.ts";
import { describeError } from "./host/describe-error.ts";
import { createFileWatch } from "./host/file-watch.ts";
import type { JobTraces } from "./host/job-traces.ts";
import { createLogWriter } from "./host/log-writer.ts";
import { createTransport } from "./host/network.ts";
import { readableLine } from "./host/readable-line.ts";
import { newTokenHint } from "./host/server-state.ts";
import { createServiceLog } from "./host/service-log.ts";
import { createSettings } from "./host/settings.ts";
import { checkExpiry } from "./host/token-expiry.ts";
import type { RunnerFlags } from "./program.ts";
import { startRunner } from "./runner.ts";
import { version } from "./version.ts";

/**
 * The daemon's life: read the configuration, start, wait for a signal, shut down. Resolves to the exit code.
 * Rejects with an `AppError` when it cannot start.
 */
export async function run(
  { configFile, podmanPath, containerPath }: RunnerFlags,
  context: Context,
): Promise<number> {
  const { environment, platform } = context;
  const folders = runnerFolders(folderVariables(environment), platform);
  const source = { path: configFile ?? folders.configFile, platform, variables: environment };
  const found = findConfig(source);
  const settings = createSettings(found, source);
  const config = settings.current();
  const token = readToken(config.token);
  const secrets = () => {
    const { token: own, github, models } = settings.current();
    const tokens = [own, models.openaiToken, models.claudeToken, ...github.map((one) => one.token)];
    return tokens.filter((secret) => secret !== "");
  };
  const { errorStyle } = context.terminal;
  const writeLog = context.logIsTerminal
    ? (line: string) => context.writeLog(readableLine(line, errorStyle))
    : createServiceLog({ descriptor: 2, write: context.writeLog, path: folders.serviceLog });
  const log = pino(
    {
      serializers: { err: describeError },
      level: logLevel(environment),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    createLogWriter(writeLog, secrets),
  );
  for (const { path, message } of found.result.warnings) log.warn({ key: path }, message);
  checkExpiry(token.expiresAt, new Date(), log);

  const transport = createTransport(config, environment);
  const stopped = Promise.withResolvers<string>();
  const force = new AbortController();
  const offStop = context.onStopSignal((signal) => {
    stopped.resolve(signal);
    if (isStopping) force.abort();
  });
  let isStopping = false;

  const traces = await openTraces(tracesUrl(config.otlpEndpoint, environment), token.runnerId, log);
  const runtimeOptions = {
    environment,
    platform,
    podmanPath,
    containerPath,
    folder: folders.state,
    records: folders.containers,
  };
  const runner = await startRunner({
    traces,
    settings: settings.current,
    restartNeeded: settings.restartNeeded,
    secrets,
    token,
    configFile: resolve(source.path),
    folders,
    logFile: (jobId) => jobLogFile(folders, jobId, platform),
    transport: transport.send,
    runtime: chooseRuntime(config, runtimeOptions),
    runtimeNamed: (name) => openRuntime(name, runtimeOptions),
    log,
  });
  const reload = () => {
    settings.reload(log);
    runner.reconfigured();
    watch.follow(settings.files());
  };
  const watch = createFileWatch(reload);
  watch.follow(settings.files());
  const offReload = context.onReloadSignal(reload);

  const rejected = runner.rejected().then(() => undefined);
  const signal = await Promise.race([stopped.promise, rejected]);
  isStopping = true;
  if (signal !== undefined) {
    log.info({ signal }, "stopping: no new work; jobs may finish. A second signal stops at once.");
  }
  const end = await runner.shutdown(force.signal);
  await traces?.close();
  log.info({ end }, "stopped");
  watch.close();
  offReload();
  offStop();
  await transport.close();
  if (signal === undefined) throw badToken("the server refuses the runner's token");
  return end === "clean" ? exitCodes.success : exitCodes.forced;
}

/** The runner's token taken apart; a bad one ends the program for good. */
function readToken(token: string) {
  try {
    return parseRunnerToken(token);
  } catch (cause) {
    throw badToken(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function badToken(message: string, cause?: unknown): AppError {
  return new AppError(message, {
    code: "bad-token",
    cause,
    hint: newTokenHint,
    exitCode: exitCodes.badConfig,
  });
}

/** Loaded only where traces are wanted: it is more than half of what there is to load. */
async function openTraces(
  url: string | undefined,
  runnerId: string,
  log: Logger,
): Promise<JobTraces | undefined> {
  if (url === undefined) return undefined;
  const { createJobTraces } = await import("./host/job-traces.ts");
  const onError = (error: unknown) =>
    log.warn({ err: error }, "traces cannot be sent to the OTLP endpoint and are dropped");
  return createJobTraces({ url, version, runnerId, onError });
}
