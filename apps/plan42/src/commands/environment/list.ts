import { defaultId, type Environment } from "@plano/protocol";
import { oneLine } from "@plano/terminal";
import { listEnvironments } from "../../api/lists.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";

export interface ListEnvironmentsOptions extends ServerFlags {
  readonly json: boolean;
}

/** Lists the tenant's environments. Values of secrets are not shown. */
export async function run(options: ListEnvironmentsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const environments = await withApi(options, context, listEnvironments);
  if (options.json) {
    terminal.json(environments.map(withoutSecrets));
    return 0;
  }
  if (environments.length === 0) {
    terminal.line("There are no environments yet; plan42 environment create NAME --image IMAGE makes one.");
    return 0;
  }
  terminal.table([
    ["ID", "NAME", "IMAGE", "RUNNER", "REPOSITORIES"].map(terminal.style.bold),
    ...environments.map((one) => [
      one.EnvironmentId,
      oneLine(one.Name),
      oneLine(one.DockerImage),
      one.RunnerId === defaultId ? "(default)" : one.RunnerId,
      oneLine(one.Repos.join(", ")),
    ]),
  ]);
  return 0;
}

function withoutSecrets({ EnvVars, ...environment }: Environment) {
  return {
    ...environment,
    EnvVars: EnvVars.map((one) => (one.IsSecret ? { ...one, Value: "" } : one)),
  };
}
