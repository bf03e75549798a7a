import { readFileSync } from "node:fs";
import { describeCause } from "@plano/errors";
import { variableOf } from "@plano/runner-home";
import type { Environment } from "../environment.ts";
import { absolutePath } from "../setup/absolute-paths.ts";
import { fileOf } from "../setup/setup.ts";
import type { CheckFailure } from "./check-setup.ts";

/** The secret behind what is written for it, or why there is none. */
export type ResolvedSecret = { readonly ok: true; readonly secret: string } | CheckFailure;

/** Follows `env:NAME` and `file:PATH`; any other text is the secret itself. */
export function resolveSecret(written: string, environment: Environment): ResolvedSecret {
  const variable = variableOf(written);
  if (variable !== undefined) {
    const value = environment[variable];
    return value
      ? { ok: true, secret: value }
      : {
          ok: false,
          message: `the environment variable ${variable} is not set`,
          hint: "The runner needs it when it starts; a service gets none. Set it here, too, to check it; ctrl+s saves without.",
        };
  }
  const path = fileOf(written);
  if (path === undefined) return { ok: true, secret: written };
  try {
    const secret = readFileSync(absolutePath(path, environment), "utf8").trim();
    return secret === "" ? { ok: false, message: `there is no token in ${path}` } : { ok: true, secret };
  } catch (error) {
    return { ok: false, message: `${path} cannot be read: ${describeCause(error)}` };
  }
}
