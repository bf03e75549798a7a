import { createHash } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import {
  type GatewayConfig,
  inContainer,
  renderCompiled,
  renderCompiledWithEnvoy,
} from "@plano/config/gateway";
import { AppError, describeCause } from "@plano/errors";
import { readUserFile } from "../gateway/read-file.ts";
import { readIfPresent } from "../gateway/run-files.ts";
import { envoyDeployment } from "./envoy.ts";
import { type DockerFiles, upstreamAuthorities } from "./places.ts";

/** Who the program in the container is. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
}

/** What the container reads, ready to be written. */
export interface ContainerFiles {
  readonly rendered: string;
  /** Text of `overrides.upstream_tls_ca_path`, and of `SSL_CERT_FILE`. */
  readonly upstreamAuthorities: string | undefined;
  readonly systemAuthorities: string | undefined;
}

export interface ContainerContent {
  readonly config: GatewayConfig;
  /** Values of the variables that the configuration refers to. */
  readonly variables: Readonly<Record<string, string>>;
  /** Envoy is in front. */
  readonly native: boolean;
  /** `SSL_CERT_FILE` of this machine. */
  readonly systemPath: string | undefined;
}

/** Reads what the configuration refers to. Throws an AppError where that cannot be done. */
export function containerFiles(content: ContainerContent): ContainerFiles {
  const { config, systemPath } = content;
  const { upstreamTlsCaPath } = config.overrides;
  const authorities = {
    upstreamAuthorities:
      upstreamTlsCaPath && readCertificates("overrides.upstream_tls_ca_path", upstreamTlsCaPath),
    systemAuthorities: systemPath && readCertificates("SSL_CERT_FILE", systemPath),
  };
  return { rendered: markOf(authorities) + renderForContainer(content), ...authorities };
}

/** A line that changes with certificates: the program takes what has changed when its configuration does. */
function markOf({ upstreamAuthorities, systemAuthorities }: Omit<ContainerFiles, "rendered">): string {
  const texts = [upstreamAuthorities, systemAuthorities].filter((text) => text !== undefined);
  if (texts.length === 0) return "";
  const digest = createHash("sha256").update(texts.join("\0")).digest("hex");
  return `# Certificates: ${digest.slice(0, 16)}\n`;
}

/** What the program in the container loads. */
export function renderForContainer({ config, variables, native, systemPath }: ContainerContent): string {
  const inside = inContainer(config, upstreamAuthorities);
  if (!native) return renderCompiled(inside);
  const deployment = envoyDeployment(Boolean(systemPath));
  return renderCompiledWithEnvoy(inside, { deployment, variables });
}

/** `name` is what refers to the file. */
function readCertificates(name: string, path: string): string {
  let text: string;
  try {
    text = readUserFile(path).toString("utf8");
  } catch (cause) {
    throw new AppError(`${name}: cannot read ${path}: ${describeCause(cause)}`, {
      code: "read-failed",
      cause,
    });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new AppError(`${name}: ${path} holds no certificate`, { code: "no-certificate" });
}

/**
 * Writes the files, each in one step; nobody but the program in the container and root may read them. The
 * configuration is last: it is what the program watches. False if all is as it was.
 */
export function writeContainerFiles(
  wanted: ContainerFiles,
  files: DockerFiles,
  user: ContainerUser,
): boolean {
  for (const folder of [files.root, files.config, files.state])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const folder of [files.config, files.state]) giveTo(folder, 0o700, user);
  const changed = [
    writeFor(files.upstreamAuthorities, wanted.upstreamAuthorities, user),
    writeFor(files.systemAuthorities, wanted.systemAuthorities, user),
    writeFor(files.configFile, wanted.rendered, user),
  ];
  return changed.includes(true);
}

function writeFor(path: string, content: string | undefined, user: ContainerUser): boolean {
  if (readIfPresent(path) === content) return false;
  if (content === undefined) {
    rmSync(path);
    return true;
  }
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  writeFileSync(beside, content, { mode: 0o600, flag: "wx" });
  giveTo(beside, 0o600, user);
  renameSync(beside, path);
  return true;
}

function giveTo(path: string, mode: number, { uid, gid }: ContainerUser): void {
  chmodSync(path, mode);
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}
