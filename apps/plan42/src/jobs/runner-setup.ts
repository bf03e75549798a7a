import { existsSync, readFileSync } from "node:fs";
import { type Client, createClient } from "@plano/client";
import { createNodeTransport, proxySettings } from "@plano/client/node";
import { parseRunnerToken } from "@plano/crypto";
import { AppError } from "@plano/errors";
import { type RunnerConfig, type RunnerFolders, readConfig, runnerFolders } from "@plano/runner-home";
import {
  createDockerRuntime,
  createLazyRuntime,
  createPodmanRuntime,
  engineAddress,
  type Runtime,
} from "@plano/runtime";
import type { Context } from "../context.ts";
import { dockerVariables, folderVariables } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";

/** What the runner of this machine is configured to be. */
export interface RunnerSetup {
  readonly config: RunnerConfig;
  readonly tenantId: string;
  readonly runnerId: string;
}

/** Where the runner of this user keeps its files. */
export function foldersOf({ environment, platform }: Context): RunnerFolders {
  return runnerFolders(folderVariables(environment), platform);
}

/** Reads the runner's configuration. Throws an AppError with the exit code for "not configured". */
export function readSetup(configFile: string | undefined, context: Context): RunnerSetup {
  const path = configFile ?? foldersOf(context).configFile;
  if (!existsSync(path)) {
    throw new AppError(`runner config file ${path} does not exist`, {
      code: "no-config",
      hint: "plan42 runner token RUNNER --write-config makes one.",
      exitCode: exitCodes.notConfigured,
    });
  }
  try {
    const { config } = readConfig({ path, platform: context.platform, variables: context.environment });
    return { config, ...parseRunnerToken(config.token) };
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
export function openRuntime({ config }: RunnerSetup, { environment }: Context): Runtime {
  if (config.runtime === "docker") {
    const address = engineAddress(dockerVariables(environment));
    return createLazyRuntime("docker", () => createDockerRuntime({ address }));
  }
  if (config.runtime === "podman") return createPodmanRuntime({ program: "podman" });
  throw new AppError(`this version does not know the jobs of the runtime ${config.runtime}`, {
    code: "unsupported-runtime",
    exitCode: exitCodes.notConfigured,
  });
}

/** Runs work that asks the runner's server with the runner's own token. */
export async function withRunnerClient<Result>(
  { config }: RunnerSetup,
  { environment }: Context,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { httpProxy, caFile, skipSslVerify, url, token } = config;
  const transport = createNodeTransport({
    ...proxySettings(environment),
    ...(httpProxy !== undefined && { httpProxy, httpsProxy: httpProxy }),
    ...(caFile !== undefined && { certificateAuthorities: readFileSync(caFile, "utf8") }),
    verifyCertificates: !skipSslVerify,
  });
  try {
    return await work(createClient({ url, token, transport: transport.send }));
  } finally {
    await transport.close();
  }
}
