import { join } from "node:path";
import { defaultContainer } from "../environment.ts";
import type { RunFiles } from "../gateway/run-files.ts";

// Where things are inside the container.

/** Read only: what the program serves. */
export const configFolder = "/etc/plano";
export const configFile = `${configFolder}/config.yaml`;
/** Certificates of `overrides.upstream_tls_ca_path`. */
export const upstreamAuthorities = `${configFolder}/upstream_ca.pem`;
/** Certificates of `SSL_CERT_FILE`. */
export const systemAuthorities = `${configFolder}/system_ca.pem`;
/** What the program writes: which configuration is in force. */
export const stateFolder = "/run/plano";
export const stateFile = `${stateFolder}/state.json`;

/** User and group of the program where there is no better one: without a name and without rights. */
export const unprivileged = "65532:65532";

// With Envoy in front, in an image of its own.

export const envoyProgram = "/envoy";
/** How the program runs Envoy, and what Envoy starts with. */
export const envoySettings = "/etc/plano-envoy/settings.json";
export const envoyBootstrap = "/etc/plano-envoy/bootstrap.yaml";
export const filters = {
  llmGateway: "/filters/llm_gateway.wasm",
  promptGateway: "/filters/prompt_gateway.wasm",
};
/** Where the authorities of the image are. */
export const imageAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** The same files as this machine sees them. */
export interface DockerFiles {
  readonly root: string;
  readonly config: string;
  readonly state: string;
  readonly configFile: string;
  readonly stateFile: string;
  readonly upstreamAuthorities: string;
  readonly systemAuthorities: string;
  /** What is known of the container. */
  readonly record: string;
  /** Held by the program that starts or stops it. */
  readonly lockFile: string;
}

/** Where they are for a container of this name: each has a folder of its own. */
export function dockerFiles({ run }: RunFiles, container: string): DockerFiles {
  const root = join(run, container === defaultContainer ? "docker" : `docker-${container}`);
  const config = join(root, "config");
  const state = join(root, "state");
  const inside = (folder: string, path: string) => join(folder, path.slice(path.lastIndexOf("/") + 1));
  return {
    root,
    config,
    state,
    configFile: inside(config, configFile),
    stateFile: inside(state, stateFile),
    upstreamAuthorities: inside(config, upstreamAuthorities),
    systemAuthorities: inside(config, systemAuthorities),
    record: join(root, "container.json"),
    lockFile: `${root}.lock`,
  };
}
