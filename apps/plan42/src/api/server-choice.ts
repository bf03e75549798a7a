import { readFileSync } from "node:fs";
import { createServer, isIP } from "node:net";
import { isAbsolute, join } from "node:path";
import { AppError, describeCause, UsageError } from "@plano/errors";
import type { Context } from "../context.ts";
import { credentialsPath, serverVariables } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";
import { readCredentials } from "./credentials.ts";

/** Options of every command that talks to a server. */
export interface ServerFlags {
  readonly url?: string;
  readonly tenant?: string;
  /** A file with the token in it. */
  readonly tokenFile?: string;
}

/** Which server to talk to, and as whom. */
export interface ServerChoice {
  readonly url: string;
  /** Undefined: the tenant that the token belongs to. */
  readonly tenantId: string | undefined;
  readonly token: string;
}

/**
 * Takes each part from the command line, else from the environment, else from what `plan42 login` has kept. A
 * kept token goes to the server that it was kept for and to no other. Throws an AppError when a part is missing.
 */
export function chooseServer(
  flags: ServerFlags,
  context: Pick<Context, "environment" | "currentFolder">,
): ServerChoice {
  const variables = serverVariables(context.environment);
  const written = flags.url ?? variables.url;
  const isWhole = written !== undefined && (flags.tokenFile ?? variables.token) !== undefined;
  const kept = isWhole ? undefined : readCredentials(credentialsPath(context.environment));
  const url = written === undefined ? kept?.url : parseServerUrl(written);
  if (url === undefined) throw notConfigured("there is no server to talk to");
  const same = kept?.url === url ? kept : undefined;
  const token =
    flags.tokenFile === undefined
      ? (variables.token ?? same?.token)
      : readTokenFile(flags.tokenFile, context.currentFolder);
  if (token === undefined) throw notConfigured(`there is no token for ${url}`);
  const tenantId = flags.tenant ?? variables.tenantId ?? (token === same?.token ? same.tenantId : undefined);
  return { url, tenantId, token };
}

/** The base URL of an API as it is kept and compared. Throws a UsageError if it is none. */
export function parseServerUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new UsageError(`not the URL of a server: ${url?.username ? "it holds a user name" : text}`, {
      hint: "It is like https://plan42.example.com or http://127.0.0.1:7443.",
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** Whether what is sent there can be read by others on the way: not encrypted, and not to this machine. */
export async function isExposed(url: string): Promise<boolean> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "http:" || /^127\.|(^|\.)localhost$/.test(hostname)) return false;
  const address = hostname.replace(/^\[|\]$/g, "");
  return isIP(address) === 0 || !(await isOwnAddress(address));
}

/** Only an address of this machine can be bound to; a list of its interfaces leaves out those that are idle. */
function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}

function readTokenFile(path: string, currentFolder: string): string {
  const file = isAbsolute(path) ? path : join(currentFolder, path);
  let token: string;
  try {
    token = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new UsageError(`cannot read the token from ${file}: ${describeCause(cause)}`, { cause });
  }
  if (token === "") throw new UsageError(`there is no token in ${file}`);
  return token;
}

function notConfigured(message: string): AppError {
  return new AppError(message, {
    code: "not-configured",
    hint:
      "plan42 server start --json | plan42 login    starts a server here and keeps its token\n" +
      "plan42 login --url URL < TOKEN-FILE          keeps the token of a server that runs already",
    exitCode: exitCodes.notConfigured,
  });
}
