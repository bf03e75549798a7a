import { renderCompiled, withoutSecrets } from "@plano/config/gateway";
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
  /** Also keys that are written out in the file. */
  readonly withKeys: boolean;
}

/** Prints what the data plane is given: every default spelled out, references to variables left as they are. */
export async function run(
  { file, path, docker, native, withKeys }: CompileOptions,
  context: Context,
): Promise<number> {
  const source = requireConfig({ file, folder: path }, context.currentFolder);
  const { config, complete } = compileServed(source, context);
  if (docker) refuseLocalAgents(config);
  if (native) refuseInnerPorts(config);
  const variables = setVariables(context.environment);
  const content = { config, variables, native, systemPath: undefined };
  const rendered = docker ? renderForContainer(content) : renderCompiled(config);
  if (withKeys) {
    context.terminal.raw(rendered);
    return 0;
  }
  const { text, count } = withoutSecrets(rendered, complete);
  context.terminal.raw(text);
  if (count > 0) {
    const values =
      count === 1 ? "1 value that may be a secret is" : `${count} values that may be secrets are`;
    context.terminal.warning(`${values} hidden, and nothing can be served so; --with-keys prints them`);
  }
  return 0;
}
