import { type ConfigResult, machineOptions, parseConfig } from "@plano/runner-home";
import type { Context } from "../context.ts";

/** What a text says, wherever its references lead: that is seen where the runner runs. */
export function parseWritten(text: string, { environment, platform }: Context): ConfigResult {
  return parseConfig(text, {
    ...machineOptions({ platform, variables: environment }),
    variable: () => "set",
    readFile: () => "set",
  });
}
