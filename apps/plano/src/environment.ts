import { userInfo } from "node:os";
import { isAbsolute } from "node:path";
import type { SocketAddress } from "@plano/config/gateway";
import { AppError, UsageError } from "@plano/errors";
import type { Environment } from "./context.ts";
import { version } from "./version.ts";

// Every environment variable that planoai knows is read here.

/** The home folder: `HOME` if it names one, else the one the system has for the user. */
export function homeFolder(environment: Environment): string {
  const { HOME } = environment;
  if (HOME) {
    if (isAbsolute(HOME)) return HOME;
    throw new AppError(`HOME is not an absolute path: ${HOME}`, { code: "no-home" });
  }
  try {
    const { homedir } = userInfo();
    if (isAbsolute(homedir)) return homedir;
  } catch (cause) {
    throw noHome(cause);
  }
  throw noHome(undefined);
}

/** Folders for what does not fit below the home folder: `TMPDIR`, if it names one, and the usual one. */
export function temporaryFolders({ TMPDIR }: Environment): readonly string[] {
  return TMPDIR && isAbsolute(TMPDIR) ? [TMPDIR, "/tmp"] : ["/tmp"];
}

function noHome(cause: unknown): AppError {
  return new AppError("there is no home folder to keep run-time files in", {
    code: "no-home",
    cause,
    hint: "Set HOME to a folder that may be written to.",
  });
}

/** `PLANO_BRIGHTSTAFF`: a data plane program to use in place of the installed one. */
export function brightstaffOverride(environment: Environment): string | undefined {
  return environment.PLANO_BRIGHTSTAFF || undefined;
}

/** `PLANO_ENVOY`: an Envoy to use in place of the installed one. */
export function envoyOverride(environment: Environment): string | undefined {
  return environment.PLANO_ENVOY || undefined;
}

/** `PLANO_DOCKER_IMAGE`: the image that `--docker` runs, with `--native` one that has Envoy in it. */
export function dockerImageName(environment: Environment, native: boolean): string {
  return environment.PLANO_DOCKER_IMAGE || `katanemo/plano:${version}${native ? "-envoy" : ""}`;
}

/** The name of the container where no other is given. */
export const defaultContainer = "plano";

/** `PLANO_DOCKER_CONTAINER`: the name of the container that `--docker` runs. Throws an AppError if it cannot be one. */
export function dockerContainerName(environment: Environment): string {
  const name = environment.PLANO_DOCKER_CONTAINER || defaultContainer;
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return name;
  throw new AppError(`PLANO_DOCKER_CONTAINER cannot be the name of a container: ${JSON.stringify(name)}`, {
    code: "container-name",
    hint: "It must have two characters or more, of letters, digits, _, . and -, and begin with a letter or digit.",
  });
}

/** `PLANO_ENVOY_ARCHIVE`: the list of versions to download Envoy by, in place of the public one. */
export function envoyArchive(environment: Environment): string | undefined {
  return environment.PLANO_ENVOY_ARCHIVE || undefined;
}

/** `METRICS_BIND_ADDRESS`, an IP address and a port; undefined when not set. */
export function metricsAddress(environment: Environment): SocketAddress | undefined {
  return bindAddress("METRICS_BIND_ADDRESS", "127.0.0.1:9092", environment);
}

/** The same environment, with metrics served where they are. */
export function withMetricsAddress(environment: Environment, { address, port }: SocketAddress): Environment {
  const host = address.includes(":") ? `[${address}]` : address;
  return { ...environment, METRICS_BIND_ADDRESS: `${host}:${port}` };
}

/** `PLANO_TRACE_PORT`: where the collector of traces listens, else OTLP's usual port. Throws a UsageError if it is none. */
export function tracePort({ PLANO_TRACE_PORT: written }: Environment): number {
  if (!written) return 4317;
  const port = Number(written);
  if (/^\d+$/.test(written) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`PLANO_TRACE_PORT is not a port: ${written}`);
}

/** The environment of the collector of traces, which needs none of the shell's keys. */
export function collectorEnvironment({ HOME, PATH }: Environment): Record<string, string> {
  return { HOME: HOME ?? "", PATH: PATH ?? "" };
}

/** The environment that the data plane runs this program in to compile a configuration. */
export function compilerEnvironment(
  { HOME, PATH }: Environment,
  metrics: SocketAddress,
): Record<string, string> {
  const { METRICS_BIND_ADDRESS = "" } = withMetricsAddress({}, metrics);
  return { HOME: HOME ?? "", PATH: PATH ?? "", METRICS_BIND_ADDRESS };
}

/** `BIND_ADDRESS`: where the native server listens behind Envoy; undefined when not set. */
export function brightstaffAddress(environment: Environment): SocketAddress | undefined {
  return bindAddress("BIND_ADDRESS", "127.0.0.1:9091", environment);
}

/** `ADMIN_BIND_ADDRESS`: where Envoy's admin interface listens; undefined when not set. */
export function adminAddress(environment: Environment): SocketAddress | undefined {
  return bindAddress("ADMIN_BIND_ADDRESS", "127.0.0.1:9901", environment);
}

/** `PLANO_ACK_LOCAL_AGENTS`: the operator knows what local-agent providers do. */
export function acknowledgesLocalAgents({ PLANO_ACK_LOCAL_AGENTS }: Environment): boolean {
  return ["1", "true", "yes", "on"].includes((PLANO_ACK_LOCAL_AGENTS ?? "").trim().toLowerCase());
}

function bindAddress(name: string, example: string, environment: Environment): SocketAddress | undefined {
  const written = environment[name];
  if (!written) return undefined;
  const match = /^\[?([\d.:a-fA-F]+?)\]?:(\d{1,5})$/.exec(written);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port < 1 || port > 65535) {
    throw new AppError(`${name} must be an IP address and a port, such as ${example}`, {
      code: "bind-address",
    });
  }
  return { address: match[1], port };
}

const logLevels: ReadonlySet<string> = new Set(["trace", "debug", "info", "warn", "error", "off"]);

/** `RUST_LOG` as it is, else the level of `LOG_LEVEL`, else info. */
export function dataPlaneLogFilter(environment: Environment): string {
  const { RUST_LOG, LOG_LEVEL } = environment;
  if (RUST_LOG) return RUST_LOG;
  const level = (LOG_LEVEL ?? "").toLowerCase().replace(/^warning$/, "warn");
  return logLevels.has(level) ? level : "info";
}

/** What the data plane may see of the environment besides the keys that its configuration names. */
const inherited = [
  "ALL_PROXY",
  "all_proxy",
  "HOME",
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "LANG",
  "NO_PROXY",
  "no_proxy",
  "PATH",
  "RUST_BACKTRACE",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "TMPDIR",
  "TZ",
];

/** What the data plane reads of its environment only at its start. None of it is secret. */
export function dataPlaneSettings(environment: Environment): Record<string, string> {
  const { ADMIN_BIND_ADDRESS, BIND_ADDRESS, SSL_CERT_DIR, SSL_CERT_FILE } = environment;
  return {
    RUST_LOG: dataPlaneLogFilter(environment),
    ...(ADMIN_BIND_ADDRESS && { ADMIN_BIND_ADDRESS }),
    ...(BIND_ADDRESS && { BIND_ADDRESS }),
    ...(SSL_CERT_DIR && { SSL_CERT_DIR }),
    ...(SSL_CERT_FILE && { SSL_CERT_FILE }),
  };
}

/** The environment of the data plane: a few settings and the variables its configuration needs. */
export function dataPlaneEnvironment(
  environment: Environment,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of inherited) {
    const value = environment[name];
    if (value !== undefined) result[name] = value;
  }
  return { ...result, RUST_LOG: dataPlaneLogFilter(environment), ...variables };
}

/** `PLANO_DEBUG`: internal errors are shown with their stack. */
export function wantsStack({ PLANO_DEBUG }: Environment): boolean {
  return Boolean(PLANO_DEBUG);
}
