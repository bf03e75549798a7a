import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@plano/errors";

/** How to reach a Docker engine. */
export interface EngineAddress {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol?: "http" | "https";
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The variables that Docker's own client reads. */
export interface DockerVariables {
  readonly DOCKER_HOST?: string | undefined;
  readonly DOCKER_TLS_VERIFY?: string | undefined;
  readonly DOCKER_CERT_PATH?: string | undefined;
}

/**
 * The engine's address: `unix://PATH`, `tcp://HOST:PORT` (with TLS if `DOCKER_TLS_VERIFY` or
 * `DOCKER_CERT_PATH` is set), and without `DOCKER_HOST` the system's socket.
 */
export function engineAddress(variables: DockerVariables): EngineAddress {
  const { DOCKER_HOST: host, DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: certificates } = variables;
  if (!host) return { socketPath: "/var/run/docker.sock" };
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  const url = /^(?:tcp|https?):\/\//.test(host) ? URL.parse(host.replace(/^tcp:/, "http:")) : null;
  if (url === null) {
    throw new AppError(`DOCKER_HOST is not supported: ${host}`, {
      code: "docker-host",
      hint: "It must be unix:///path/to/docker.sock or tcp://host:port.",
      exitCode: 78,
    });
  }
  const secure = Boolean(verify) || Boolean(certificates) || url.protocol === "https:";
  return {
    host: url.hostname,
    port: Number(url.port) || (secure ? 2376 : 2375),
    protocol: secure ? "https" : "http",
    ...(certificates
      ? {
          ca: readFileSync(join(certificates, "ca.pem")),
          cert: readFileSync(join(certificates, "cert.pem")),
          key: readFileSync(join(certificates, "key.pem")),
        }
      : {}),
  };
}
