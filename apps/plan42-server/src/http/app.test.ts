import { expect, test } from "vitest";
import { createRateLimit } from "../auth/rate-limit.ts";
import { type AppOptions, createApp } from "./app.ts";
import { unauthorized } from "./failure.ts";

const errors: unknown[] = [];
function build(handlers: object, options: Partial<AppOptions> = {}) {
  errors.length = 0;
  return createApp({
    handlers: handlers as AppOptions["handlers"],
    tokens: {
      authenticate: async (authorization) => {
        if (authorization !== "APIToken good") throw unauthorized("no");
        return { kind: "admin", tenantId: "T" };
      },
    },
    rateLimit: createRateLimit(0, () => 0),
    strangerLimit: createRateLimit(0, () => 0),
    addressOf: () => "here",
    signalOf: ({ req }) => req.raw.signal,
    onError: (error, call) => void errors.push([error, call]),
    isReady: async () => false,
    version: "0",
    ...options,
  });
}
const good = { headers: { authorization: "APIToken good" } };
const empty = { listTenants: async () => ({ Items: [] }) };

test("who calls too often is told when to come back", async () => {
  const app = build(empty, { rateLimit: createRateLimit(1, () => 0) });
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await app.request("/v1/tenants", good)).status);
  expect(statuses).toEqual([200, 200, 429]);
  const refused = await app.request("/v1/tenants", good);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({ ResponseCode: 429, ErrorType: "TooManyRequests" });
});

test("who guesses tokens is slowed down, those whose token is good are not", async () => {
  const app = build(empty, { strangerLimit: createRateLimit(2, () => 0) });
  const guess = (count: number) =>
    app.request("/v1/tenants", { headers: { authorization: `APIToken guess${count}` } });
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async (_, count) => (await guess(count)).status),
  );
  expect(statuses.toSorted()).toEqual([401, 401, 401, 401, 429, 429]);
  expect((await app.request("/v1/tenants", good)).status).toBe(200);
});

test("what should not have happened is told to the log, not to the client", async () => {
  const broken = new Error("the secret is 42");
  const app = build({ listTenants: () => Promise.reject(broken) });
  const answer = await app.request("/v1/tenants", good);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("42");
  expect(errors).toEqual([[broken, "GET /v1/tenants"]]);
});

test("a handler cannot let out more than its endpoint describes", async () => {
  const tenant = { TenantId: "T", Type: "User", Version: 1, Deleted: false, CreatedAt: "", UpdatedAt: "" };
  const app = build({ getCurrentUser: async () => ({ ...tenant, secret: 42 }) });
  expect(await (await app.request("/v1/current-user", good)).text()).not.toContain("secret");
});

test("readiness follows the database", async () => {
  expect((await build({}).request("/readyz")).status).toBe(503);
  expect((await build({}, { isReady: async () => true }).request("/readyz")).status).toBe(200);
});
