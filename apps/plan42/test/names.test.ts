import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorkplace, type Workplace } from "./workplace.ts";

const tenantId = "3f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90";
const times = { CreatedAt: "2026-11-21T12:00:00Z", UpdatedAt: "2026-11-21T12:00:00Z", Version: 1 };
const hostile = "\u001b]0;owned\u0007\u001b[31mx\n\u001b[2J";
const objects: Readonly<Record<string, object>> = {
  environments: {
    TenantId: tenantId,
    EnvironmentId: tenantId,
    Name: hostile,
    DockerImage: hostile,
    ...times,
  },
  runners: { TenantId: tenantId, RunnerId: tenantId, Name: hostile, ...times },
  "github-connections": {
    TenantID: tenantId,
    ConnectionID: tenantId,
    Private: false,
    Name: hostile,
    ...times,
  },
};

let place: Workplace;
let server: Server;
/** A server that has one thing of each kind, with such a name. */
beforeEach(async () => {
  place = createWorkplace();
  server = createServer((request, response) => {
    const [, kind = "", id] = /^\/v1\/tenants\/[^/?]+\/([\w-]+)(\/[^?]+)?/.exec(request.url ?? "") ?? [];
    const created = request.method === "PUT";
    const items = kind in objects && !created && id === undefined ? [objects[kind]] : [];
    const tenant = { TenantId: tenantId, Type: "User", ...times };
    const body = created
      ? objects[kind]
      : kind === "" && /^\/v1\/tenants/.test(request.url ?? "")
        ? tenant
        : { Items: items };
    response.writeHead(created ? 201 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  place.clear();
});

function run(words: readonly string[]) {
  const { port } = server.address() as AddressInfo;
  const environment = {
    PLAN42_URL: `http://127.0.0.1:${port}`,
    PLAN42_TENANT: tenantId,
    PLAN42_TOKEN: "p42u_token",
  };
  return place.run(words, { environment });
}

test("a beginning that is too short for an id says so", async () => {
  for (const [word, verb] of [
    ["task", "show"],
    ["runner", "token"],
  ] as const) {
    const told = await run([word, verb, "a34"]);
    expect(told.stderr).toContain(
      `ERROR: there is no ${word} a34: at least 4 characters of an id are needed\n`,
    );
    expect((await run([word, verb, "laptop"])).stderr).toContain(`ERROR: there is no ${word} laptop\n`);
  }
});

test.each([
  ["environment", "list"],
  ["runner", "list"],
  ["github", "list"],
  ["environment", "create", "n", "--image", "org/agent:1"],
  ["runner", "create", "n"],
])("%s %s prints a foreign name without what would control the terminal", async (...words) => {
  const { code, stdout, stderr } = await run(words);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("]0;owned [31mx");
  expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});
