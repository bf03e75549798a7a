import { createClient } from "@plano/client";
import { proxySettings } from "@plano/client/node";
import { parseRunnerToken } from "@plano/crypto";
import { AppError } from "@plano/errors";
import { createControlClient } from "@plano/runner-home";
import type { Runtime } from "@plano/runtime";
import type { Context } from "../context.ts";
import { checkDisk, checkPermissions } from "../doctor/check-files.ts";
import { checkEgress, checkGithub } from "../doctor/check-network.ts";
import { checkNetwork, checkPull, checkRuntime } from "../doctor/check-runtime.ts";
import { checkClock, checkServer, checkToken } from "../doctor/check-server.ts";
import { type Finding, failed, ok, warning } from "../doctor/finding.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  foldersOf,
  openRunnerTransport,
  openRuntime,
  type RunnerSetup,
  readSetup,
} from "../jobs/runner-setup.ts";

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
  try {
    for await (const finding of examine(options, context)) findings.push(finding);
  } finally {
    progress.stop();
  }
  const isWell = findings.every(({ verdict }) => verdict !== "failure");
  if (options.json) terminal.json({ ok: isWell, findings });
  else print(findings, context);
  return isWell ? exitCodes.success : exitCodes.failure;
}

async function* examine(options: DoctorOptions, context: Context): AsyncGenerator<Finding> {
  const { environment } = context;
  const folders = foldersOf(context);
  const path = options.configFile ?? folders.configFile;
  let setup: ReturnType<typeof readSetup>;
  try {
    setup = readSetup(options.configFile, context);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Without a configuration there is nothing more to look at.
    yield failed("configuration", error, "plan42 runner config sets the runner up.");
    return;
  }
  const { config } = setup;
  const { url, token: secret } = config;
  const token = parseRunnerToken(secret);
  yield ok("configuration", path);
  yield checkPermissions(path, folders);
  yield checkToken(token, new Date());
  const transport = openRunnerTransport(config, environment);
  try {
    const client = createClient({ url, token: secret, transport: transport.send });
    yield* await Promise.all([
      checkServer(client, token, url),
      checkClock(transport.send, url),
      checkEgress(options.egress, config.httpProxy ?? proxySettings(environment).httpsProxy),
      ...config.github.map((connection) => checkGithub(connection, transport.send)),
      checkDisk(config, folders),
    ]);
  } finally {
    await transport.close();
  }
  const network = checkNetwork(config);
  if (network !== undefined) yield network;
  yield* examineRuntime(setup, options, context);
  const daemon = await createControlClient(folders.controlSocket).status();
  yield daemon === undefined
    ? warning("runner", "it is not running", "plan42 runner enable, or in a terminal: plan42 runner exec")
    : ok("runner", `it is running (process ${daemon.pid}, version ${daemon.version})`);
}

async function* examineRuntime(
  setup: RunnerSetup,
  { image }: DoctorOptions,
  context: Context,
): AsyncGenerator<Finding> {
  let runtime: Runtime;
  try {
    runtime = openRuntime(setup, context);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    yield failed("runtime", error);
    return;
  }
  const engine = await checkRuntime(runtime);
  yield engine;
  if (engine.verdict === "ok") {
    yield await checkPull(runtime, setup.config, { image, used: foldersOf(context).images });
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
    terminal.line(`${signs[verdict]} ${check.padEnd(width)}  ${detail}`);
    if (mend !== null)
      for (const line of mend.split("\n")) terminal.line(`  ${" ".repeat(width)}  ${style.cyan(line)}`);
  }
  const count = findings.filter(({ verdict }) => verdict === "failure").length;
  terminal.line();
  if (count === 0) terminal.success("the runner has what it needs");
  else terminal.failure(`${count} of ${findings.length} checks failed`);
}
