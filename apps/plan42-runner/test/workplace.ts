import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeTransport } from "@plano/client/node";
import { parseRunnerToken } from "@plano/crypto";
import { type FakePlan42, type FakePlan42Options, startFakePlan42 } from "@plano/plan42-testkit";
import { jobLogFile, parseConfig, type RunnerConfig, runnerFolders } from "@plano/runner-home";
import { createFakeRuntime, type FakeProgram, type FakeRuntime, type Runtime } from "@plano/runtime";
import { pino } from "pino";
import { createLogWriter } from "../src/host/log-writer.ts";
import { type Runner, type RunnerOptions, startRunner } from "../src/runner.ts";

export const agentImage = "org/agent:1";
/** The same agent in an image that leaves its log to the runner. */
export const quietImage = "org/quiet:1";

/** A runner in this process against a strict service, with a home folder of its own. */
export interface Workplace {
  readonly service: FakePlan42;
  readonly runtime: FakeRuntime;
  readonly folder: string;
  /** Lines of the log. */
  readonly log: Record<string, unknown>[];
  /** The configuration; assignments count at once. */
  config: RunnerConfig;
  /** Keys whose change waits for a restart. */
  restartNeeded: readonly string[];
  /** The runner that was started last. */
  readonly runner: Runner;
  start(options?: Partial<RunnerOptions>): Promise<Runner>;
  jobLog(jobId: string): string;
  close(): Promise<void>;
}

export interface WorkplaceOptions {
  readonly agent?: FakeProgram;
  readonly toml?: string;
  readonly service?: FakePlan42Options;
}

export async function openWorkplace({
  agent,
  toml = "",
  service: serviceOptions,
}: WorkplaceOptions = {}): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const service = await startFakePlan42(serviceOptions);
  const runtime = createFakeRuntime({
    images: { [agentImage]: agent ?? (async () => 0), [quietImage]: agent ?? (async () => 0) },
    labels: { [quietImage]: { "ai.plan42.logs": "stdout" } },
  });
  const transport = createNodeTransport();
  const folders = runnerFolders({ HOME: folder }, "linux");
  const lines: Record<string, unknown>[] = [];
  const runners: Runner[] = [];
  const place: Omit<Workplace, "runner"> & { runner?: Runner } = {
    service,
    runtime,
    folder,
    log: lines,
    config: readToml(service, toml),
    restartNeeded: [],
    start: async (options = {}) => {
      const secrets = () => [place.config.token, ...place.config.github.map(({ token }) => token)];
      const runner = await startRunner({
        settings: () => place.config,
        restartNeeded: () => place.restartNeeded,
        secrets,
        token: parseRunnerToken(place.config.token),
        configFile: folders.configFile,
        folders,
        logFile: (jobId) => jobLogFile(folders, jobId, "linux"),
        transport: transport.send,
        runtime: runtime as Runtime,
        runtimeNamed: () => runtime,
        log: pino(
          { level: "debug", base: null },
          createLogWriter((line) => lines.push(JSON.parse(line)), secrets),
        ),
        ...options,
      });
      runners.push(runner);
      place.runner = runner;
      await runner.registered();
      return runner;
    },
    jobLog: (jobId) => jobLogFile(folders, jobId, "linux"),
    close: async () => {
      const forced = AbortSignal.abort();
      service.heal();
      await Promise.all(runners.map((runner) => runner.shutdown(forced)));
      await service.close();
      await transport.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return place as Workplace;
}

function readToml(service: FakePlan42, toml: string): RunnerConfig {
  const text = `[runner]\nurl = "${service.url}"\ntoken = "${service.runnerToken}"\nmax_jobs = 4\ndisk_min_free = 0\n${toml}`;
  const result = parseConfig(text, {
    platform: "linux",
    processors: 8,
    variable: () => undefined,
    readFile: () => "",
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}
