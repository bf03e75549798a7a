import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { describeCause, UsageError } from "@plano/errors";
import type { Environment } from "@plano/protocol";
import { parseAllowedHost, parseImageReference } from "@plano/runtime";
import { oneLine } from "@plano/terminal";
import { findGithubConnection, findRunner, requireFreeEnvironmentName } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { warnUnreachable } from "../../api/warn-unreachable.ts";
import type { Context } from "../../context.ts";
import { namedVariable } from "../../environment.ts";

export interface CreateEnvironmentOptions extends ServerFlags {
  readonly name: string;
  readonly image: string;
  /** Name or id; without one the tenant's default runner is used. */
  readonly runner?: string;
  readonly githubConnection?: string;
  readonly description?: string;
  /** A text that every agent is given. */
  readonly context?: string;
  /** `org/repo` each. */
  readonly repo: readonly string[];
  readonly allowHost: readonly string[];
  /** `NAME=VALUE` each. */
  readonly env: readonly string[];
  /** Names of variables of this process, whose values only the setup script gets. */
  readonly secret: readonly string[];
  readonly setupScript?: string;
  readonly json: boolean;
}

/** Creates an environment: the image, repositories and settings that tasks run in. */
export async function run(options: CreateEnvironmentOptions, context: Context): Promise<number> {
  const { name, image, runner, githubConnection, json } = options;
  const { terminal } = context;
  checkImage(image);
  checkRepositories(options.repo);
  checkHosts(options.allowHost);
  const body = {
    Name: name,
    Description: options.description ?? "",
    Context: options.context ?? "",
    DockerImage: image,
    Repos: [...options.repo],
    AllowedHosts: [...options.allowHost],
    EnvVars: readVariables(options, context),
    SetupScript: options.setupScript === undefined ? "" : readText(options.setupScript, context),
  };
  const environment = await withApi(options, context, async (api) => {
    await requireFreeEnvironmentName(api, name);
    await warnUnreachable(api, terminal);
    return api.client.call("createEnvironment", {
      path: { tenantId: api.tenantId, environmentId: randomUUID() },
      body: {
        ...body,
        RunnerId: runner === undefined ? undefined : await findRunner(api, runner),
        GithubConnectionId:
          githubConnection === undefined ? undefined : await findGithubConnection(api, githubConnection),
      },
    });
  });
  if (json) {
    terminal.json(environment);
    return 0;
  }
  terminal.success(`environment ${oneLine(environment.Name)} created: ${environment.EnvironmentId}`);
  terminal.line(`  next: plan42 task create --environment ${environment.EnvironmentId} "PROMPT"`);
  return 0;
}

function checkImage(image: string): void {
  const parsed = parseImageReference(image);
  if (!parsed.ok)
    throw new UsageError(`--image takes a reference such as example.com/agent:1: ${parsed.problem}`);
}

function checkRepositories(names: readonly string[]): void {
  const wrong = names.find((name) => !/^[\w.-]+\/[\w.-]+$/.test(name));
  if (wrong !== undefined) throw new UsageError(`--repo takes org/repo, not ${wrong}`);
}

/** What the runner would refuse is told before a task is made for it. */
function checkHosts(entries: readonly string[]): void {
  for (const entry of entries) {
    const parsed = parseAllowedHost(entry);
    if (!parsed.ok) throw new UsageError(`--allow-host: ${parsed.problem}`);
  }
}

function readVariables(
  { env, secret }: CreateEnvironmentOptions,
  { environment }: Context,
): Environment["EnvVars"] {
  const open = env.map((written) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(written) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--env takes NAME=VALUE, not ${written.split("=")[0]}`);
    }
    return { Name: name, Value: value, IsSecret: false };
  });
  const secrets = secret.map((name) => ({
    Name: name,
    Value: namedVariable(environment, name),
    IsSecret: true,
  }));
  return [...open, ...secrets];
}

function readText(path: string, { currentFolder }: Context): string {
  try {
    return readFileSync(isAbsolute(path) ? path : join(currentFolder, path), "utf8");
  } catch (cause) {
    throw new UsageError(`cannot read ${path}: ${describeCause(cause)}`, { cause });
  }
}
