import { createClient } from "@plano/client";
import type { NodeTransport } from "@plano/client/node";
import { AppError } from "@plano/errors";
import { defaultDiskMinFree, type RunnerConfig } from "@plano/runner-home";
import type { Runtime } from "@plano/runtime";
import { showControls } from "@plano/terminal";
import { commandsWithFile } from "../commands-with-file.ts";
import type { Context } from "../context.ts";
import { checkConfiguration } from "../doctor/check-configuration.ts";
import { checkDisk, checkPermissions } from "../doctor/check-files.ts";
import { checkEgress, checkGithub } from "../doctor/check-network.ts";
import { checkRunner } from "../doctor/check-runner.ts";
import { checkNetwork, checkPull, checkRuntime } from "../doctor/check-runtime.ts";
import { checkClock, checkServer, checkToken } from "../doctor/check-server.ts";
import { type Finding, failed, skipped } from "../doctor/finding.ts";
import { exitCodes } from "../exit-codes.ts";
import { configFileOf, foldersOf, openRunnerTransport, openRuntime } from "../jobs/runner-setup.ts";

export interface DoctorOptions {
  readonly configFile?: string;
  /** The image to fetch; without it the one that a job ran in last. */
  readonly image?: string;
  /** A host outside that jobs need. */
  readonly egress: string;
  readonly json: boolean;
}

/** Looks at everything that a runner needs, and says how to mend what is wrong. Ends with 1 if anything is. */
export async function run(options: DoctorOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const progress = terminal.progress("Looking at what the runner needs");
  const findings: Finding[] = [];
  const path = configFileOf(options.configFile, context);
  const named = options.configFile ?? (path === foldersOf(context).configFile ? undefined : path);
  try {
    for await (const { mend, ...finding } of examine(path, options, context)) {
      findings.push({ ...finding, mend: mend && commandsWithFile(mend, named) });
    }
  } finally {
    progress.stop();
  }
  const isWell = findings.every(({ verdict }) => verdict !== "failure");
  if (options.json) terminal.json({ ok: isWell, findings });
  else print(findings, context);
  return isWell ? exitCodes.success : exitCodes.failure;
}

async function* examine(path: string, options: DoctorOptions, context: Context): AsyncGenerator<Finding> {
  const folders = foldersOf(context);
  const { finding, config, missing, httpProxy, files } = checkConfiguration(path, context);
  yield finding;
  yield checkPermissions(files, folders);
  const [served, egress, disk] = await Promise.all([
    config === undefined
      ? withoutConfig("token", "server", "clock", "github")
      : examineServer(config, missing, context),
    checkEgress(options.egress, httpProxy, context.environment),
    checkDisk(config?.diskMinFree ?? defaultDiskMinFree, folders),
  ]);
  yield* served;
  yield egress;
  yield disk;
  if (config === undefined) yield* withoutConfig("runtime", "image pull");
  else yield* examineRuntime(config, options, context);
  yield await checkRunner(folders);
}

/** Checks that have nothing to go by. */
function withoutConfig(...checks: readonly string[]): Finding[] {
  return checks.map((check) => skipped(check, "this needs a configuration without errors"));
}

/** What the token and the network settings of a configuration are good for. */
async function examineServer(
  config: RunnerConfig,
  missing: readonly string[],
  { environment }: Context,
): Promise<Finding[]> {
  const { url, token: secret } = config;
  const { finding, token } = checkToken(secret, new Date());
  let transport: NodeTransport;
  try {
    transport = openRunnerTransport(config, environment);
  } catch (error) {
    return [finding, failed("server", error)];
  }
  try {
    const client = createClient({ url, token: secret, transport: transport.send });
    const answers = await Promise.all([
      token === undefined
        ? skipped("server", "this needs a runner's token")
        : checkServer(client, token, url),
      checkClock(transport.send, url),
      ...config.github.map((connection) => checkGithub(connection, missing, transport.send)),
    ]);
    return [finding, ...answers];
  } finally {
    await transport.close();
  }
}

async function* examineRuntime(
  config: RunnerConfig,
  { image }: DoctorOptions,
  context: Context,
): AsyncGenerator<Finding> {
  const network = checkNetwork(config);
  if (network !== undefined) yield network;
  let runtime: Runtime;
  try {
    runtime = openRuntime({ config }, context);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    yield failed("runtime", error);
    return;
  }
  const engine = await checkRuntime(runtime);
  yield engine;
  if (engine.verdict === "ok") {
    yield await checkPull(runtime, config, { image, used: foldersOf(context).images });
  }
}

function print(findings: readonly Finding[], { terminal }: Context): void {
  const { style } = terminal;
  const signs = {
    ok: style.green("✓"),
    warning: style.yellow("!"),
    failure: style.red("✗"),
    skipped: style.dim("-"),
  };
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, verdict, detail, mend } of findings) {
    const [first, ...more] = showControls(detail).split("\n");
    const margin = `  ${" ".repeat(width)}  `;
    terminal.line(`${signs[verdict]} ${check.padEnd(width)}  ${first}`);
    for (const line of more) terminal.line(margin + line);
    for (const line of mend?.split("\n") ?? []) terminal.line(margin + style.cyan(line));
  }
  const count = findings.filter(({ verdict }) => verdict === "failure").length;
  terminal.line();
  if (count === 0) terminal.success("the runner has what it needs");
  else terminal.failure(`${count} of ${findings.length} checks failed`);
}
