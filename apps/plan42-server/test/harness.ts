import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@plano/client";
import { createNodeTransport, type NodeTransport } from "@plano/client/node";
import { inject } from "vitest";
import { type RunningServer, type ServeOptions, serve } from "../src/serve.ts";
import type { Storage } from "../src/services/create-services.ts";

export const migrationsFolder = fileURLToPath(new URL("../migrations", import.meta.url));

/** A server of a test, and who calls it. */
export interface TestServer {
  readonly server: RunningServer;
  readonly admin: Client;
  readonly tenantId: string;
  /** What should not have happened. */
  readonly errors: readonly unknown[];
  clientWith(token: string): Client;
  /** A new runner and a client with its token. */
  addRunner(): Promise<{ readonly runnerId: string; readonly token: string; readonly client: Client }>;
  stop(): Promise<void>;
}

/** A folder of its own for an embedded database. */
export function embeddedStorage(): Storage & { readonly kind: "embedded" } {
  const folder = mkdtempSync(join(tmpdir(), "plan42-server-"));
  return { kind: "embedded", folder, template: inject("databaseTemplate") };
}

/** Removes what {@link embeddedStorage} made. */
export function removeStorage(storage: Storage): void {
  if (storage.kind === "embedded") rmSync(storage.folder, { recursive: true, force: true });
}

/** Starts a server on a free port. */
export async function startServer(
  storage: Storage,
  options: Partial<ServeOptions> & { readonly adminToken?: string } = {},
): Promise<TestServer> {
  const errors: unknown[] = [];
  const server = await serve({
    host: "127.0.0.1",
    port: 0,
    storage,
    migrationsFolder,
    rateLimit: 0,
    secretKey: storage.kind === "postgres" ? "c2hhcmVkIGJ5IHNlcnZlcnMgb2Ygb25lIGRhdGFiYXM=" : undefined,
    onError: (error) => void errors.push(error),
    ...options,
  });
  const transports: NodeTransport[] = [];
  const clientWith = (token: string) => {
    const transport = createNodeTransport();
    transports.push(transport);
    return createClient({ url: server.url, token, transport: transport.send });
  };
  const admin = clientWith(options.adminToken ?? server.adminToken ?? "");
  const { tenantId } = server;
  return {
    server,
    admin,
    tenantId,
    errors,
    clientWith,
    addRunner: async () => {
      const runnerId = randomUUID();
      const body = { Name: "r", IsCloud: false, RunsTasks: true, ProxiesGithub: true };
      await admin.call("createRunner", { path: { tenantId, runnerId }, body });
      const { Token } = await admin.call("generateRunnerToken", {
        path: { tenantId, runnerId, tokenId: randomUUID() },
        body: { TTLDays: 1 },
      });
      return { runnerId, token: Token, client: clientWith(Token) };
    },
    stop: async () => {
      await server.stop();
      for (const transport of transports) await transport.close();
    },
  };
}

/** Waits until something holds, looking often. */
export async function eventually<Value>(
  look: () => Promise<Value | undefined | false>,
  milliseconds = 10_000,
): Promise<Value> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
