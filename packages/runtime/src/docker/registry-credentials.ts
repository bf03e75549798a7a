import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseImageReference } from "../image-reference.ts";

/** The folder with Docker's `config.json`, normally `~/.docker`. */
export type DockerConfigFolder = string;

/** A login as the engine takes it. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

const hub = "https://index.docker.io/v1/";
const helperMilliseconds = 10_000;

/**
 * The user's login for an image's registry, from Docker's config file or the credential helper that it
 * names. Undefined when there is none: the pull is anonymous then, and the registry says if that is not enough.
 */
export async function registryCredentials(
  image: string,
  folder: DockerConfigFolder | undefined,
  signal?: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const config = folder === undefined ? undefined : await readConfig(join(folder, "config.json"));
  if (config === undefined) return undefined;
  const server = registryServer(image);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper !== undefined && /^[a-z0-9-]+$/i.test(helper)) {
    const login = await askHelper(`docker-credential-${helper}`, server, signal);
    if (login !== undefined) return login;
  }
  const entry = config.auths?.[server] ?? config.auths?.[`https://${server}`];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: server };
  const pair = Buffer.from(entry.auth ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1), serveraddress: server };
}

function registryServer(image: string): string {
  const parsed = parseImageReference(image);
  if (!parsed.ok || parsed.reference.registry === undefined) return hub;
  const { registry, port } = parsed.reference;
  if (registry === "docker.io" || registry === "index.docker.io") return hub;
  return port === undefined ? registry : `${registry}:${port}`;
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

function askHelper(
  program: string,
  server: string,
  signal: AbortSignal | undefined,
): Promise<RegistryLogin | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      ["get"],
      { timeout: helperMilliseconds, ...(signal ? { signal } : {}) },
      (error, stdout) => resolve(error ? undefined : readLogin(stdout, server)),
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(server);
  });
}

function readLogin(text: string, server: string): RegistryLogin | undefined {
  try {
    const { Username, Secret } = JSON.parse(text) as { Username?: string; Secret?: string };
    if (!Username || !Secret) return undefined;
    return Username === "<token>"
      ? { identitytoken: Secret, serveraddress: server }
      : { username: Username, password: Secret, serveraddress: server };
  } catch {
    return undefined;
  }
}
