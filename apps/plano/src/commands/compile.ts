import type { EnvoyDeployment } from "@plano/config/gateway";
import { UsageError } from "@plano/errors";
import type { Context, Environment } from "../context.ts";
import { submissionOf } from "../gateway/candidate.ts";

export interface CompileOptions {
  readonly file: string;
  readonly envFolder: string;
  /** For Envoy, too: standard input says where the parts are and which variables there are. */
  readonly native: boolean;
  /** Where spans go, whatever the file says. */
  readonly collector: string | undefined;
}

/** What is read from standard input. Holds keys. */
interface NativeInput {
  readonly deployment: EnvoyDeployment;
  readonly environment: Environment;
}

/**
 * Prints a compiled configuration with the variables of its `.env`, for the data plane that reads them from
 * a pipe. A file that cannot be compiled is what it prints, and no failure.
 */
export async function run(options: CompileOptions, context: Context): Promise<number> {
  const { file: configPath, envFolder: folder, native, collector } = options;
  const input = native ? parseInput(await context.readInput()) : undefined;
  const source = { configPath, folder, deployment: input?.deployment, collector };
  const environment = { ...input?.environment, ...context.environment };
  context.terminal.raw(JSON.stringify(submissionOf(source, { ...context, environment })));
  return 0;
}

function parseInput(text: string): NativeInput {
  try {
    return JSON.parse(text);
  } catch {
    // The cause would show what was read.
    throw new UsageError("standard input is not what the data plane writes there");
  }
}
