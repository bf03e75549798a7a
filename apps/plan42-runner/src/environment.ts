// Every environment variable that plan42-runner knows is read here.
import { join } from "node:path";
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

/** Where Docker's client keeps registry logins: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFolder({ DOCKER_CONFIG, HOME }: Environment): string | undefined {
  return DOCKER_CONFIG || (HOME ? join(HOME, ".docker") : undefined);
}

const levels = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** `PLAN42_LOG_LEVEL`, else info. */
export function logLevel({ PLAN42_LOG_LEVEL: written }: Environment): (typeof levels)[number] {
  return levels.find((level) => level === written?.toLowerCase()) ?? "info";
}

/**
 * Where traces go: the configuration's endpoint, else `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` as it is, else
 * `OTEL_EXPORTER_OTLP_ENDPOINT`; undefined without any.
 */
export function tracesUrl(configured: string, environment: Environment): string | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: general } = environment;
  if (configured === "" && exact) return exact;
  const base = configured || general;
  if (!base) return undefined;
  return /\/v1\/traces\/?$/.test(base) ? base : `${base.replace(/\/+$/, "")}/v1/traces`;
}

/** `PLAN42_DEBUG`: internal errors are shown with their stack. */
export function wantsStack({ PLAN42_DEBUG }: Environment): boolean {
  return Boolean(PLAN42_DEBUG);
}
