import { mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@plano/errors";
import { createControlClient, readWrittenConfig, variableOf } from "@plano/runner-home";
import type { Context } from "../../context.ts";
import { readEnd } from "../../jobs/log-file.ts";
import { foldersOf, readSetup } from "../../jobs/runner-setup.ts";
import { chooseManager } from "../../services/choose-manager.ts";
import { serviceDefinition } from "../../services/definition.ts";
import type { ServiceManager } from "../../services/service-manager.ts";

export interface EnableOptions {
  readonly configFile?: string;
}

/** How long a runner that has just started may take to answer at its socket. */
const answerMilliseconds = 15_000;

/** Has the runner run as a service, from now on and with every session; one that runs is let finish first. */
export async function run({ configFile }: EnableOptions, context: Context): Promise<number> {
  const { terminal, currentFolder } = context;
  const manager = chooseManager(context, "enable");
  const folders = foldersOf(context);
  const path = configFile === undefined ? folders.configFile : resolve(currentFolder, configFile);
  const { config } = readSetup(path, context);
  const control = createControlClient(folders.controlSocket);
  const before = await control.status();
  if (before !== undefined && (await manager.state()).pid === undefined) {
    throw new AppError(`a runner is running in a terminal (process ${before.pid})`, {
      code: "already-running",
      hint: `End it first, its jobs may go on: kill ${before.pid}`,
    });
  }
  mkdirSync(dirname(folders.serviceLog), { recursive: true, mode: 0o700 });
  const jobs = before === undefined ? "" : `; the ${before.jobs.length} jobs of the one before may finish`;
  const progress = terminal.progress(`Starting the runner as a service of ${manager.name}${jobs}`);
  try {
    await manager.enable(serviceDefinition(config, path, folders, context));
    await waitUntilAnswers(manager, async () => {
      const status = await control.status();
      return status !== undefined && status.pid !== before?.pid;
    });
  } catch (error) {
    throw withLog(error, folders.serviceLog);
  } finally {
    progress.stop();
  }
  const { pid } = await manager.state();
  terminal.success(`the runner is running (process ${pid}), and starts with every session`);
  terminal.line(`  ${manager.file}`);
  for (const name of referredVariables(path)) {
    terminal.warning(
      `the configuration reads $${name}, which the service does not get: use token_file instead`,
    );
  }
  for (const advice of await manager.advice()) terminal.line(`  ${advice}`);
  terminal.line("  next: plan42 runner status");
  return 0;
}

async function waitUntilAnswers(manager: ServiceManager, answers: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + answerMilliseconds;
  while (!(await answers())) {
    const { phase, lastExitCode } = await manager.state();
    if (phase === "failed" || phase === "stopped") {
      throw new AppError(`the runner has ended with exit code ${lastExitCode ?? "unknown"}`, {
        code: "ended",
      });
    }
    if (Date.now() >= deadline) {
      throw new AppError(`the runner does not answer after ${answerMilliseconds / 1000} s`, {
        code: "no-answer",
      });
    }
    await sleep(100);
  }
}

function withLog(error: unknown, path: string): unknown {
  if (!(error instanceof AppError) || (error.code !== "ended" && error.code !== "no-answer")) return error;
  const lines = logEnd(path);
  return new AppError(error.message, {
    code: error.code,
    cause: error,
    hint: [`The end of ${path}:`, ...lines.map((line) => `  ${line}`)].join("\n"),
  });
}

function logEnd(path: string): string[] {
  try {
    return [...readEnd(path, 5)].join("").trimEnd().split("\n");
  } catch {
    return ["(there is none)"];
  }
}

/** The variables that tokens of the file stand for. */
function referredVariables(path: string): string[] {
  const { runner, github } = readWrittenConfig(readFileSync(path, "utf8"));
  const tokens = [runner.token, ...github.map(({ values }) => values.token)];
  const names = tokens.map((token) => (typeof token === "string" ? variableOf(token) : undefined));
  return [...new Set(names.filter((name) => name !== undefined))];
}
