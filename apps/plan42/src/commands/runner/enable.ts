import { mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@plano/errors";
import { createControlClient, isSecretKey, readWrittenConfig, variableOf } from "@plano/runner-home";
import type { Context } from "../../context.ts";
import { foldersOf, type RunnerSetup, readSetup } from "../../jobs/runner-setup.ts";
import { chooseManager } from "../../services/choose-manager.ts";
import { serviceDefinition } from "../../services/definition.ts";
import { describeEnd } from "../../services/describe-state.ts";
import { logEnd } from "../../services/last-words.ts";
import { patience } from "../../services/patience.ts";
import type { ServiceManager } from "../../services/service-manager.ts";

export interface EnableOptions {
  readonly configFile?: string;
}

/** How long a runner that has just started may take to answer at its socket. */
const answerMilliseconds = 15_000;

const variablesHint =
  "A service does not get this shell's variables: keep the token in a file that token_file names.";

/** Has the runner run as a service, from now on and with every session; one that runs is let finish first. */
export async function run({ configFile }: EnableOptions, context: Context): Promise<number> {
  const { terminal, currentFolder } = context;
  const manager = chooseManager(context, "enable");
  const folders = foldersOf(context);
  const path = configFile === undefined ? folders.configFile : resolve(currentFolder, configFile);
  const { config } = readEnabled(path, context);
  const control = createControlClient(folders.controlSocket);
  const before = await control.status();
  if (before !== undefined && (await manager.state()).pid === undefined) {
    throw new AppError(`a runner is running in a terminal (process ${before.pid})`, {
      code: "already-running",
      hint: `End it first, its jobs may go on: kill ${before.pid}`,
    });
  }
  mkdirSync(dirname(folders.serviceLog), { recursive: true, mode: 0o700 });
  const jobs = before === undefined ? "" : `; ${jobsOf(before.jobs.length)} of the one before may finish`;
  const progress = terminal.progress(`Starting the runner as a service of ${manager.name}${jobs}`, patience);
  try {
    await manager.enable(serviceDefinition(config, path, folders, context));
    await waitUntilAnswers(manager, async () => {
      const status = await control.status();
      return status !== undefined && status.pid !== before?.pid;
    });
  } catch (error) {
    throw withLog(error, folders.serviceLog, referredVariables(path));
  } finally {
    progress.stop();
  }
  const { pid } = await manager.state();
  terminal.success(`the runner is running (process ${pid}), and starts with every session`);
  terminal.line(`  ${manager.file}`);
  for (const name of referredVariables(path)) {
    terminal.warning(`the configuration reads $${name}. ${variablesHint}`);
  }
  for (const advice of await manager.advice()) terminal.line(`  ${advice}`);
  terminal.line("  next: plan42 runner status");
  return 0;
}

async function waitUntilAnswers(manager: ServiceManager, answers: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + answerMilliseconds;
  while (!(await answers())) {
    const state = await manager.state();
    if (state.phase === "failed" || state.phase === "stopped") {
      throw new AppError(`the runner has ended ${describeEnd(state)}`, { code: "ended" });
    }
    if (Date.now() >= deadline) {
      throw new AppError(`the runner does not answer after ${answerMilliseconds / 1000} s`, {
        code: "no-answer",
      });
    }
    await sleep(100);
  }
}

/** Reads the configuration. A variable that is missing here is missing in the service, too, which is said. */
function readEnabled(path: string, context: Context): RunnerSetup {
  try {
    return readSetup(path, context);
  } catch (error) {
    if (!(error instanceof AppError) || !/environment variable \w+ is not set/.test(error.message))
      throw error;
    const { message, code, hint, exitCode } = error;
    throw new AppError(message, { code, cause: error, hint: `${hint}\n${variablesHint}`, exitCode });
  }
}

function withLog(error: unknown, path: string, variables: readonly string[]): unknown {
  if (!(error instanceof AppError) || (error.code !== "ended" && error.code !== "no-answer")) return error;
  const lines = logEnd(path);
  return new AppError(error.message, {
    code: error.code,
    cause: error,
    hint: [
      `The end of ${path}:`,
      ...(lines.length > 0 ? lines : ["(there is none)"]).map((line) => `  ${line}`),
      ...(variables.length > 0 ? [variablesHint] : []),
    ].join("\n"),
  });
}

function jobsOf(count: number): string {
  return count === 1 ? "the job" : `the ${count} jobs`;
}

/** The variables that secrets of the file stand for. */
function referredVariables(path: string): readonly string[] {
  const { runner, github } = readWrittenConfig(readFileSync(path, "utf8"));
  const secrets = [runner, ...github.map(({ values }) => values)].flatMap((table) =>
    Object.entries(table).flatMap(([key, value]) =>
      isSecretKey(key) && typeof value === "string" ? [value] : [],
    ),
  );
  return [...new Set(secrets.map(variableOf).filter((name) => name !== undefined))];
}
