import { renderCompiled } from "@plano/config/gateway";
import type { Context } from "../../context.ts";
import { renderForContainer } from "../../docker/container-files.ts";
import { refuseInnerPorts } from "../../docker/envoy.ts";
import { compileServed, requireConfig } from "../../gateway/config-file.ts";
import { setVariables } from "../../gateway/variables.ts";
import { refuseLocalAgents } from "../../up/local-agents.ts";

export interface CompileOptions {
  readonly file: string | undefined;
  readonly path: string;
  /** As a container is to be given it. */
  readonly docker: boolean;
  /** As a container with Envoy in front is to be given it. */
  readonly native: boolean;
}

/** Prints what the data plane is given: every default spelled out, references to variables left as they are. */
export async function run({ file, path, docker, native }: CompileOptions, context: Context): Promise<number> {
  const source = requireConfig({ file, folder: path }, context.currentFolder);
  const { config } = compileServed(source, context);
  if (docker) refuseLocalAgents(config);
  if (native) refuseInnerPorts(config);
  const variables = setVariables(context.environment);
  const content = { config, variables, native, systemPath: undefined };
  context.terminal.raw(docker ? renderForContainer(content) : renderCompiled(config));
  return 0;
}
