import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseRunnerToken } from "@plano/crypto";
import { fakeToken, startFakePlan42 } from "@plano/plan42-testkit";
import { expect, test, vi } from "vitest";
import { createRunnerHome } from "./program.ts";

test("the program starts, answers, and ends with 0", async () => {
  const service = await startFakePlan42();
  const home = createRunnerHome(service);
  home.start();
  await vi.waitFor(() => expect(service.queues.all.size).toBe(1), { timeout: 20_000 });
  expect(await service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
  expect((await home.control.status())?.queues).toMatchObject([{ phase: "polling" }]);
  expect(await home.end("SIGTERM")).toBe(0);
  expect(home.log()).not.toContain(service.runnerToken);
  expect(service.violations).toEqual([]);
  await home.remove();
  await service.close();
});

test("a changed file counts by itself, and at SIGHUP", async () => {
  const service = await startFakePlan42();
  const home = createRunnerHome(service, "max_jobs = 2");
  const file = join(home.folder, "runner.toml");
  const text = readFileSync(file, "utf8");
  const maximum = async () => (await home.control.status())?.capacity.maximum;
  const child = home.start();
  await vi.waitFor(async () => expect(await maximum()).toBe(2), { timeout: 60_000, interval: 50 });
  writeFileSync(file, text.replace("max_jobs = 2", "max_jobs = 5"));
  child.kill("SIGHUP");
  // Once for the signal, and once for the file.
  await vi.waitFor(() => expect(home.log().match(/"configuration reloaded"/g)).toHaveLength(2), {
    timeout: 20_000,
    interval: 50,
  });
  expect(await maximum()).toBe(5);
  writeFileSync(file, text.replace("max_jobs = 2", "max_jobs = 7"));
  await vi.waitFor(async () => expect(await maximum()).toBe(7), { timeout: 20_000, interval: 50 });
  expect(service.queues.all.size).toBe(1);
  expect(await home.end("SIGTERM")).toBe(0);
  await home.remove();
  await service.close();
});

test("a token file that others can read is warned about, and a new token in it counts by itself", async () => {
  const service = await startFakePlan42();
  const home = createRunnerHome(service);
  const config = join(home.folder, "runner.toml");
  const tokenFile = join(home.folder, "token");
  writeFileSync(config, `[runner]\nurl = "${service.url}"\ntoken_file = "${tokenFile}"\n`, { mode: 0o600 });
  writeFileSync(tokenFile, service.runnerToken, { mode: 0o640 });
  chmodSync(tokenFile, 0o640);
  home.start();
  await vi.waitFor(() => expect(service.queues.all.size).toBe(1), { timeout: 20_000 });
  expect(home.log()).toContain(`${tokenFile} can be read by others; chmod 600 keeps the token private`);
  const server = async () => (await home.control.status())?.server;
  const eventually = { timeout: 20_000, interval: 50 };
  await vi.waitFor(async () => expect(await server()).toBe("ok"), eventually);
  // One of the same runner that this service does not take.
  const { tenantId, runnerId } = parseRunnerToken(service.runnerToken);
  writeFileSync(tokenFile, fakeToken("p42r", { sub: tenantId, runner_id: runnerId }));
  await vi.waitFor(() => expect(home.log()).toContain('"configuration reloaded"'), eventually);
  // Ends the poll that has begun with the token before.
  service.queues.enqueue('{"Type":"PingRequest"}');
  await vi.waitFor(async () => expect(await server()).toBe("unauthorised"), eventually);
  expect(await home.end("SIGTERM")).toBe(0);
  await home.remove();
  await service.close();
});

test.each<[string, string, string]>([
  ["no token", 'url = "https://x"', "runner token not specified"],
  ["no runner's token", 'url = "https://x"\ntoken = "p42_a.b.c"', "api token is not a runner token"],
  ["no JWT", 'url = "https://x"\ntoken = "p42r_nonsense"', "invalid api token: invalid jwt token"],
  [
    "an expired token",
    `url = "https://x"\ntoken = "${fakeToken("p42r", { sub: "t", runner_id: "r", exp: 1_000_000 })}"`,
    "the runner token expired at 1970-01-12T13:46:40.000Z",
  ],
])("with %s it ends with 78 and says why", async (_, keys, message) => {
  const service = await startFakePlan42();
  const home = createRunnerHome(service);
  writeFileSync(join(home.folder, "runner.toml"), `[runner]\n${keys}\n`, { mode: 0o600 });
  const child = home.start();
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(home.log()).toContain(`ERROR: ${keys.includes("token") ? "" : "runner.token: "}${message}`);
  expect(code).toBe(78);
  await home.remove();
  await service.close();
});

test("a token that the service does not know ends it with 78, and says so at once", async () => {
  const service = await startFakePlan42();
  service.revoke();
  const home = createRunnerHome(service);
  const child = home.start();
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(home.log()).toContain("ERROR: the server refuses the runner's token");
  expect(home.log()).toContain("plan42 runner token NAME | plan42 runner config --set runner.token=-");
  expect(code).toBe(78);
  await home.remove();
  await service.close();
});
