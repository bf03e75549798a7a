import { type ConfigResult, machineOptions, parseConfig } from "@plano/runner-home";
import type { Context } from "../context.ts";

/** What a text says, of the file at `path` if it is in one, wherever its references lead: that is seen where the runner runs. */
export function parseWritten(text: string, { environment, platform }: Context, path?: string): ConfigResult {
  return parseConfig(text, {
    ...machineOptions({ platform, variables: environment, ...(path !== undefined && { path }) }),
    variable: () => "set",
    readFile: () => "set",
  });
}
