import { createClient } from "@plano/client";
import { AppError, UsageError } from "@plano/errors";
import { writeCredentials } from "../api/credentials.ts";
import { explainFailure } from "../api/explain-failure.ts";
import { ownTenant } from "../api/open-api.ts";
import { isExposed, parseServerUrl } from "../api/server-choice.ts";
import { openTransport } from "../api/server-transport.ts";
import type { Context } from "../context.ts";
import { credentialsPath, serverVariables } from "../environment.ts";

export interface LoginOptions {
  readonly url: string | undefined;
  readonly tenant: string | undefined;
  readonly json: boolean;
}

/** What standard input says: a token, or the line that a server prints with `--json`. */
interface Introduction {
  readonly url: string | undefined;
  readonly tenantId: string | undefined;
  readonly token: string;
}

/** Takes a token from standard input, tries it, and keeps it for the commands that need a server. */
export async function run(options: LoginOptions, context: Context): Promise<number> {
  const { terminal, environment } = context;
  if (context.input.isTerminal) terminal.errorLine("Paste the token, then press Enter:");
  const said = readIntroduction(await firstLine(context));
  const variables = serverVariables(environment);
  const written = options.url ?? said.url ?? variables.url;
  if (written === undefined) {
    throw new UsageError("login needs to know the server", { hint: "Name it with --url URL." });
  }
  const url = parseServerUrl(written);
  if (await isExposed(url)) {
    terminal.warning(`${url}: the connection is not encrypted, and the token is readable on the way`);
  }
  const tenantId = options.tenant ?? said.tenantId ?? variables.tenantId;
  const credentials = {
    url,
    token: said.token,
    tenantId: await tryToken(url, said.token, tenantId, context),
  };
  const path = credentialsPath(environment);
  writeCredentials(path, credentials);
  if (options.json) {
    terminal.json({ url, tenantId: credentials.tenantId, path });
    return 0;
  }
  terminal.success(`logged in at ${url} as tenant ${credentials.tenantId}`);
  terminal.line(`  kept in ${path}`);
  return 0;
}

/** The first line alone: a server that has printed its own goes on running. */
async function firstLine({ input }: Context): Promise<string> {
  for await (const line of input.lines()) {
    if (line.trim() !== "") return line.trim();
  }
  throw new UsageError("there is no token on standard input", {
    hint: "plan42 login --url URL < TOKEN-FILE, or: plan42 server start --json | plan42 login",
  });
}

function readIntroduction(line: string): Introduction {
  if (!line.startsWith("{")) return { url: undefined, tenantId: undefined, token: line };
  let value: { url?: unknown; tenantId?: unknown; adminToken?: unknown };
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UsageError("standard input begins like JSON, and is none", { cause });
  }
  const { url, tenantId, adminToken } = value;
  if (typeof url !== "string" || typeof tenantId !== "string") {
    throw new UsageError("standard input is not what a server prints with --json");
  }
  if (typeof adminToken !== "string") {
    throw new AppError("the server shows its token at its first start only", {
      code: "no-token",
      hint: "plan42 server start --new-admin-token --json | plan42 login makes another.",
    });
  }
  return { url, tenantId, token: adminToken };
}

/** Resolves to the tenant; rejects if the server does not take the token. */
async function tryToken(
  url: string,
  token: string,
  tenantId: string | undefined,
  { environment }: Context,
): Promise<string> {
  const transport = openTransport(url, environment);
  try {
    const client = createClient({ url, token, transport: transport.send });
    if (tenantId === undefined) return await ownTenant(client);
    await client.call("getTenant", { path: { tenantId } });
    return tenantId;
  } catch (error) {
    throw explainFailure(error, url, transport.proxy);
  } finally {
    await transport.close();
  }
}
