// Every environment variable that plan42-runner-config knows is read here; `env:NAME` in the file names others.
import type { FolderVariables } from "@plano/runner-home";
import type { DockerVariables } from "@plano/runtime";

export type Environment = Readonly<Record<string, string | undefined>>;

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

/** Folders in which programs are looked for. */
export function searchPath({ PATH }: Environment): readonly string[] {
  return (PATH ?? "").split(":").filter((folder) => folder !== "");
}

/** `NO_COLOR`: the screen has no colours. */
export function wantsColour({ NO_COLOR, TERM }: Environment): boolean {
  return !NO_COLOR && TERM !== "dumb";
}

/** `PLAN42_DEBUG`: internal errors are shown with their stack. */
export function wantsStack({ PLAN42_DEBUG }: Environment): boolean {
  return Boolean(PLAN42_DEBUG);
}
