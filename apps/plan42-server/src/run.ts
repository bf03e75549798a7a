import { isAbsolute, join } from "node:path";
import { isLoopbackUrl } from "@plano/protocol";
import { bridgeAddress } from "./agent-url.ts";
import type { Context } from "./context.ts";
import { databaseUrl, defaultDataFolder, secretKey } from "./environment.ts";
import type { ServerOptions } from "./program.ts";
import { type RunningServer, serve } from "./serve.ts";
import type { Storage } from "./services/create-services.ts";

const defaultListen = { host: "127.0.0.1", port: 7443 };
const millisecondsPerDay = 24 * 60 * 60 * 1000;

/** Serves until a signal comes; a second one ends it at once. Resolves to the exit code. */
export async function run(options: ServerOptions, context: Context): Promise<number> {
  const { terminal, log } = context;
  const storage = chooseStorage(options, context);
  const progress = terminal.progress(
    storage.kind === "embedded" ? `opening the database in ${storage.folder}` : "opening the database",
  );
  const server = await serve({
    ...(options.listen ?? { ...defaultListen, bridge: bridgeAddress(context.readRoutes()) }),
    storage,
    migrationsFolder: context.migrationsFolder,
    secretKey: secretKey(context.environment),
    publicUrl: options.publicUrl,
    githubUrl: options.githubUrl,
    newAdminToken: options.newAdminToken ?? false,
    rateLimit: options.rateLimit,
    timing: { turnSilence: options.turnSilence * 1000, retention: options.retention * millisecondsPerDay },
    onError: (error, call) => log("error", "unexpected error", { error, call }),
  }).finally(() => progress.stop());
  announce(server, options, context);
  return untilStopped(server, context);
}

function chooseStorage(
  { dataDir }: ServerOptions,
  { environment, currentFolder, databaseTemplate }: Context,
): Storage {
  const url = databaseUrl(environment);
  if (url !== undefined) return { kind: "postgres", url };
  const folder = dataDir ?? defaultDataFolder(environment);
  return {
    kind: "embedded",
    folder: isAbsolute(folder) ? folder : join(currentFolder, folder),
    template: databaseTemplate,
  };
}

function announce(
  { url, agentUrl, tenantId, adminToken }: RunningServer,
  { json }: ServerOptions,
  { terminal }: Context,
): void {
  if (isLoopbackUrl(agentUrl)) {
    terminal.warning(`agents in containers cannot reach ${agentUrl}`);
    terminal.errorLine(
      "  Listen where they can: --listen ADDRESS:PORT --public-url URL, as docs/jobs.md has it.",
    );
  }
  if (json) {
    terminal.raw(`${JSON.stringify({ url, tenantId, adminToken: adminToken ?? null })}\n`);
    return;
  }
  terminal.success(`plan42-server listens on ${url}`);
  terminal.line(`  agents       ${agentUrl}`);
  terminal.line(`  tenant       ${tenantId}`);
  if (adminToken === undefined) return;
  terminal.line(`  admin token  ${adminToken}`);
  terminal.line("  Keep the token: it is shown only now. --new-admin-token makes another.");
}

async function untilStopped(server: RunningServer, { log, onStopSignal }: Context): Promise<number> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    onStopSignal(() => {
      if (isStopping) return resolve(3);
      isStopping = true;
      log("info", "stopping");
      server.stop().then(() => resolve(0), reject);
    });
  });
}
