import { createClient } from "@plano/client";
import { sql } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import type { Database } from "../src/database/database.ts";
import { openEmbedded } from "../src/database/embedded.ts";
import {
  embeddedStorage,
  eventually,
  migrationsFolder,
  removeStorage,
  startServer,
  type TestServer,
} from "./harness.ts";
import { openTaskStage } from "./task-stage.ts";

const storage = embeddedStorage();
afterAll(() => removeStorage(storage));
const [first, second] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString("base64"));
const EnvVars = [
  { Name: "OPEN", Value: "plain-value", IsSecret: false },
  { Name: "TOKEN", Value: "secret-value", IsSecret: true },
];
const shown = [EnvVars[0], { ...EnvVars[1], Value: "" }];

/** Works on the database while no server has it. */
async function withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
  const opened = await openEmbedded({ folder: storage.folder, migrationsFolder });
  try {
    return await work(opened.database);
  } finally {
    await opened.close();
  }
}

/** All that the database holds, as text. */
const dump = () =>
  withDatabase(async (database) => {
    const tables = ["settings", "environments", "github_connections", "tokens", "tasks", "turns"];
    const texts = tables.map((table) => database.execute(sql.raw(`select t::text as row from ${table} t`)));
    return JSON.stringify(await Promise.all(texts));
  });

/** What the runner of an environment gets to know. */
async function variablesSent(server: TestServer, environmentId: string): Promise<unknown> {
  const stage = openTaskStage(server);
  const { runnerId, jobs } = await stage.prepare();
  const path = { tenantId: server.tenantId, environmentId };
  const { Version } = await server.admin.call("getEnvironment", { path });
  await server.admin.call("updateEnvironment", { path, ifMatch: Version, body: { RunnerId: runnerId } });
  await stage.addTask(environmentId);
  const job = await eventually(async () => jobs[0]);
  await stage.stopRunners();
  return job.Environment.EnvVars;
}

let adminToken = "";
const start = async (secretKey: string | undefined): Promise<TestServer> => {
  const server = await startServer(storage, { secretKey, ...(adminToken && { adminToken }) });
  adminToken ||= server.server.adminToken ?? "";
  return server;
};

test("secrets are encrypted where they are kept, shown to nobody, and sent to the runner", async () => {
  const server = await start(first);
  const environmentId = await openTaskStage(server).addEnvironment({ EnvVars });
  const path = { tenantId: server.tenantId, environmentId };
  expect((await server.admin.call("getEnvironment", { path })).EnvVars).toEqual(shown);
  const listed = await server.admin.call("listEnvironments", { path });
  expect(listed.Items[0]?.EnvVars).toEqual(shown);
  expect(await variablesSent(server, environmentId)).toEqual(EnvVars);

  // What was shown may be written back: the secret stays. A new value replaces it.
  const update = async (vars: typeof EnvVars) => {
    const { Version } = await server.admin.call("getEnvironment", { path });
    return server.admin.call("updateEnvironment", { path, ifMatch: Version, body: { EnvVars: vars } });
  };
  expect((await update(shown as typeof EnvVars)).EnvVars).toEqual(shown);
  expect(await variablesSent(server, environmentId)).toEqual(EnvVars);
  const renewed = EnvVars.map((variable) => ({ ...variable, Value: `${variable.Value}-2` }));
  await update(renewed);
  expect(await variablesSent(server, environmentId)).toEqual(renewed);
  await server.stop();
  const kept = await dump();
  for (const secret of ["secret-value", "plain-value", "PRIVATE KEY"]) expect(kept).not.toContain(secret);
}, 120_000);

test("what an earlier version left plain is encrypted at the next start", async () => {
  const signingKey = await withDatabase(async (database) => {
    await database.execute(sql`update environments set secrets = null,
      content = content || ${JSON.stringify({ EnvVars })}::jsonb`);
    const kept = await database.execute(sql`select value from settings where key = 'signing-key'`);
    return (kept as unknown as { rows: { value: string }[] }).rows[0]?.value;
  });
  expect(signingKey).toMatch(/^v1\./);
  const server = await start(first);
  const path = { tenantId: server.tenantId };
  const { Items } = await server.admin.call("listEnvironments", { path, query: { maxResults: 500 } });
  expect(Items[0]?.EnvVars).toEqual(shown);
  expect(await variablesSent(server, Items[0]?.EnvironmentId ?? "")).toEqual(EnvVars);
  await server.stop();
  expect(await dump()).not.toContain("secret-value");
}, 120_000);

test("keys are changed by naming both; the old one is then no longer needed, nor enough", async () => {
  await expect(start(second)).rejects.toMatchObject({ code: "secret-key" });
  await (await start(`${second},${first}`)).stop();
  await expect(start(first)).rejects.toMatchObject({
    code: "secret-key",
    message: expect.stringContaining("PLAN42_SECRET_KEY is not the key"),
  });
  await expect(start(undefined)).rejects.toMatchObject({ message: expect.stringContaining("is missing") });
  const server = await start(second);
  const { Items } = await server.admin.call("listEnvironments", { path: { tenantId: server.tenantId } });
  expect(await variablesSent(server, Items[0]?.EnvironmentId ?? "")).toEqual(EnvVars);
  // Tokens that were issued before still work, since the signing key is the same.
  const client = createClient({ url: server.server.url, token: adminToken });
  expect((await client.call("listTenants", { path: {} })).Items).toHaveLength(1);
  await server.stop();
}, 120_000);

test("a signing key of an earlier version is taken over, and tokens stay good", async () => {
  const own = embeddedStorage();
  const one = await startServer(own);
  const token = one.server.adminToken ?? "";
  await one.stop();
  const { generateSigningKey } = await import("@plano/crypto/signing");
  const opened = await openEmbedded({ folder: own.folder, migrationsFolder });
  await opened.database.execute(
    sql`update settings set value = ${generateSigningKey()} where key = 'signing-key'`,
  );
  await opened.close();
  const two = await startServer(own, { newAdminToken: true });
  expect((await two.admin.call("listTenants", { path: {} })).Items).toHaveLength(1);
  await expect(two.clientWith(token).call("listTenants", { path: {} })).rejects.toThrow("401");
  await two.stop();
  const again = await openEmbedded({ folder: own.folder, migrationsFolder });
  const kept = await again.database.execute(sql`select value from settings where key = 'signing-key'`);
  expect(JSON.stringify(kept)).not.toContain("PRIVATE KEY");
  await again.close();
  removeStorage(own);
}, 120_000);
