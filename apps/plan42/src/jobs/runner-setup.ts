import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Client, createClient } from "@plano/client";
import { createNodeTransport, type NodeTransport, proxySettings, readAuthorities } from "@plano/client/node";
import { parseRunnerToken } from "@plano/crypto";
import { AppError } from "@plano/errors";
import {
  type LocalConfig,
  platformRefusal,
  type ReadConfigOptions,
  type RunnerConfig,
  type RunnerFolders,
  readConfig,
  readLocalConfig,
  runnerFolders,
} from "@plano/runner-home";
import {
  createAppleRuntime,
  createDockerRuntime,
  createLazyRuntime,
  createPodmanRuntime,
  engineAddress,
  type Runtime,
} from "@plano/runtime";
import type { Context } from "../context.ts";
import { dockerVariables, folderVariables } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";
import { findManager } from "../services/choose-manager.ts";

/** What the runner of this machine is configured to be. */
export interface RunnerSetup {
  readonly config: RunnerConfig;
  readonly tenantId: string;
  readonly runnerId: string;
}

/** The same as far as this shell knows it: a runner's secrets may be in variables that it does not have. */
export interface LocalSetup extends LocalConfig {
  /** Undefined if its token is not known here. */
  readonly runner: Pick<RunnerSetup, "tenantId" | "runnerId"> | undefined;
}

/** Where the runner of this user keeps its files. */
export function foldersOf({ environment, platform }: Context): RunnerFolders {
  return runnerFolders(folderVariables(environment), platform);
}

/** The runner's configuration file: the one that is named, that of its service, or the usual one. */
export function configFileOf(named: string | undefined, context: Context): string {
  if (named !== undefined) return resolve(context.currentFolder, named);
  return findManager(context)?.configFile() ?? foldersOf(context).configFile;
}

/** Reads the runner's configuration. Throws an AppError with the exit code for "not configured". */
export function readSetup(configFile: string | undefined, context: Context): RunnerSetup {
  return readFrom(configFile, context, (options) => {
    const { config } = readConfig(options);
    return { config, ...parseRunnerToken(config.token) };
  });
}

/** The same without the secrets whose variables are missing here. Throws likewise. */
export function readLocalSetup(configFile: string | undefined, context: Context): LocalSetup {
  return readFrom(configFile, context, (options) => {
    const { config, missing } = readLocalConfig(options);
    const isKnown = config.token !== "" || missing.length === 0;
    return { config, missing, runner: isKnown ? parseRunnerToken(config.token) : undefined };
  });
}

function readFrom<Setup>(
  configFile: string | undefined,
  context: Context,
  read: (options: ReadConfigOptions) => Setup,
): Setup {
  const path = configFileOf(configFile, context);
  if (!existsSync(path)) {
    throw new AppError(`runner config file ${path} does not exist`, {
      code: "no-config",
      hint: "plan42 runner config makes one, and so does plan42 runner token RUNNER --write-config.",
      exitCode: exitCodes.notConfigured,
    });
  }
  try {
    return read({ path, platform: context.platform, variables: context.environment });
  } catch (cause) {
    throw new AppError(cause instanceof Error ? cause.message : String(cause), {
      code: "bad-config",
      cause,
      hint: `In ${path}.`,
      exitCode: exitCodes.notConfigured,
    });
  }
}

/** The runtime that the runner's jobs run in; it is not asked yet. */
export function openRuntime({ config }: Pick<RunnerSetup, "config">, context: Context): Runtime {
  const { environment, platform } = context;
  if (config.runtime === "docker") {
    const address = engineAddress(dockerVariables(environment));
    return createLazyRuntime("docker", () => createDockerRuntime({ address }));
  }
  if (config.runtime === "podman") return createPodmanRuntime({ program: "podman" });
  const refusal = platformRefusal(config, platform);
  if (refusal === undefined) return createAppleRuntime({ folder: foldersOf(context).containers });
  throw new AppError(refusal.message, {
    code: "unsupported-runtime",
    hint: refusal.hint,
    exitCode: exitCodes.notConfigured,
  });
}

/** The transport that the runner uses: its proxy, its certificates. */
export function openRunnerTransport(
  { httpProxy, caFile, skipSslVerify }: RunnerConfig,
  environment: Context["environment"],
): NodeTransport {
  return createNodeTransport({
    ...proxySettings(environment, { configured: httpProxy }),
    ...(caFile !== undefined && { certificateAuthorities: readAuthorities(caFile) }),
    verifyCertificates: !skipSslVerify,
  });
}

/** Runs work that asks the runner's server with the runner's own token. */
export async function withRunnerClient<Result>(
  { config }: RunnerSetup,
  { environment }: Context,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { url, token } = config;
  const transport = openRunnerTransport(config, environment);
  try {
    return await work(createClient({ url, token, transport: transport.send }));
  } finally {
    await transport.close();
  }
}
