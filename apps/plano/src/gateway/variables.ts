import { join } from "node:path";
import { parseEnv } from "node:util";
import type { RequiredVariable } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import type { Environment } from "../context.ts";
import { readIfPresent } from "./run-files.ts";

/** What the `.env` of a folder says; nothing where there is none. A mark of UTF-8 may stand before it. */
function readEnvFile(folder: string): NodeJS.Dict<string> {
  const text = readIfPresent(join(folder, ".env")) ?? "";
  return parseEnv(text.replace(/^\uFEFF/, ""));
}

/** The program's environment with the `.env` of a folder laid over it. */
export function environmentOf(folder: string, environment: Environment): Environment {
  return { ...environment, ...readEnvFile(folder) };
}

/**
 * The same, with what `inherit` knows for variables that neither has. It is asked only if one is missing; an empty
 * value in the `.env` hides what it says, too.
 */
export async function withInherited(
  required: readonly RequiredVariable[],
  folder: string,
  environment: Environment,
  inherit: () => Promise<Environment>,
): Promise<Environment> {
  const known = environmentOf(folder, environment);
  if (required.every(({ name }) => known[name])) return known;
  return environmentOf(folder, { ...(await inherit()), ...setVariables(environment) });
}

/** What the `.env` of a folder says of these variables; an empty value hides one of the environment. */
export function fileVariables(names: readonly string[], folder: string): Record<string, string> {
  const file = readEnvFile(folder);
  return Object.fromEntries(names.flatMap((name) => (file[name] === undefined ? [] : [[name, file[name]]])));
}

/** The variables that are set. */
export function setVariables(environment: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value) variables[name] = value;
  return variables;
}

/** Where the value of a variable comes from. Empty counts as not set. */
export type VariableSource = ".env" | "environment" | "none";

/** Where a variable gets its value in a folder that may have a `.env`. */
export function variableSource(name: string, folder: string, environment: Environment): VariableSource {
  const file = readEnvFile(folder);
  if (Object.hasOwn(file, name)) return file[name] ? ".env" : "none";
  return environment[name] ? "environment" : "none";
}

/** Picks the values of the variables that a configuration needs. Empty counts as missing. */
export function requireVariables(
  required: readonly RequiredVariable[],
  environment: Environment,
  folder: string,
): Record<string, string> {
  const missing = required.filter(({ name }) => !environment[name]);
  if (missing.length > 0) throw missingVariables(missing, folder);
  return Object.fromEntries(required.map(({ name }) => [name, environment[name] ?? ""]));
}

function missingVariables(missing: readonly RequiredVariable[], folder: string): AppError {
  const keys = missing.length === 1 ? "A key is missing" : `${missing.length} keys are missing`;
  return new AppError(`${keys} that the configuration refers to`, {
    code: "key-missing",
    hint: [
      ...missing.map(({ name, usedBy }) => `• ${name} (needed by ${usedBy.join(", ")})`),
      "",
      "Set it before you start the gateway:",
      ...missing.map(({ name }) => `  export ${name}=...`),
      `or write it as NAME=value into ${join(folder, ".env")}`,
    ].join("\n"),
  });
}
