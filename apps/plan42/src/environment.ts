// Every environment variable that plan42 knows is read here.
import { join } from "node:path";
import { AppError, UsageError } from "@plano/errors";
import type { FolderVariables } from "@plano/runner-home";
import type { DockerVariables } from "@plano/runtime";
import type { Environment } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";

/** `HOME` and the XDG folders. */
export function folderVariables(environment: Environment): FolderVariables {
  const { HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR } = environment;
  return { HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR };
}

/** The variables of Docker's client. */
export function dockerVariables(environment: Environment): DockerVariables {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = environment;
  return { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH };
}

/** What the environment says of a server; undefined where it is silent. */
export interface ServerVariables {
  readonly url: string | undefined;
  readonly tenantId: string | undefined;
  readonly token: string | undefined;
}

/** `PLAN42_URL`, `PLAN42_TENANT` and `PLAN42_TOKEN`. */
export function serverVariables({ PLAN42_URL, PLAN42_TENANT, PLAN42_TOKEN }: Environment): ServerVariables {
  return {
    url: PLAN42_URL || undefined,
    tenantId: PLAN42_TENANT || undefined,
    token: PLAN42_TOKEN || undefined,
  };
}

/** The value of a variable that the user has named. */
export function namedVariable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value !== undefined) return value;
  throw new AppError(`the environment variable ${name} is not set`, {
    code: "no-variable",
    hint: `Set it before: export ${name}=…`,
    exitCode: exitCodes.usage,
  });
}

/** The token in a variable that the user has named, without what surrounds it. Throws a UsageError if there is none. */
export function namedToken(environment: Environment, name: string): string {
  const token = namedVariable(environment, name).trim();
  if (token !== "" && !/\s/.test(token)) return token;
  const problem = token === "" ? "is empty" : "holds more than one word, and a token is one";
  throw new UsageError(`the environment variable ${name} ${problem}`);
}

/** Where `plan42 login` keeps what it was told. */
export function credentialsPath({ HOME }: Environment): string {
  if (HOME) return join(HOME, ".config", "plan42", "credentials.json");
  throw new AppError("there is no home folder to keep credentials in", {
    code: "no-home",
    hint: "Set HOME to a folder that may be written to.",
  });
}

/** What a service gets of this shell's environment. None of it is secret; `HTTP_PROXY` and its like may hold a password. */
export function serviceEnvironment(environment: Environment): Record<string, string> {
  const names = [
    "PATH",
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "XDG_STATE_HOME",
    "NO_PROXY",
  ];
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

/** `PAGER`: a command line that shows long texts. */
export function pagerCommand({ PAGER }: Environment): string {
  return PAGER || "less";
}

/** `PLAN42_RUNNER_BINARY` and its like: a program in place of the one that came along. */
export function siblingOverride(
  environment: Environment,
  name: "plan42-runner" | "plan42-runner-config" | "plan42-server",
): string | undefined {
  const { PLAN42_RUNNER_BINARY, PLAN42_RUNNER_CONFIG_BINARY, PLAN42_SERVER_BINARY } = environment;
  const overrides = {
    "plan42-runner": PLAN42_RUNNER_BINARY,
    "plan42-runner-config": PLAN42_RUNNER_CONFIG_BINARY,
    "plan42-server": PLAN42_SERVER_BINARY,
  };
  return overrides[name] || undefined;
}

/** `NO_COLOR`: screens have no colours. */
export function wantsColour({ NO_COLOR, TERM }: Environment): boolean {
  return !NO_COLOR && TERM !== "dumb";
}

/** `TERM`: whether the terminal can be drawn on. */
export function canDraw({ TERM }: Environment): boolean {
  return TERM !== "dumb";
}

/** `PLAN42_DEBUG`: internal errors are shown with their stack. */
export function wantsStack({ PLAN42_DEBUG }: Environment): boolean {
  return Boolean(PLAN42_DEBUG);
}
