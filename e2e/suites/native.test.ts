import { readFile, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { afterChange } from "../support/config-state.ts";
import { envoyProgram } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { mode } from "../support/mode.ts";
import { isAlive } from "../support/processes.ts";
import { startProvider } from "../support/provider.ts";

const patience = { timeout: 15_000, interval: 50 };

/** What only a gateway with Envoy in front can be asked. */
describe.runIf(mode === "native")("Envoy in front", () => {
  let provider: Provider;
  let gateway: Gateway;

  beforeAll(async () => {
    provider = await startProvider({ service: "openai" });
  });
  afterAll(() => provider.close());
  afterEach(() => gateway?.stop());

  const entry = (key: string) => ({ model: "openai/*", base_url: provider.url, access_key: key });
  const ask = () => chatClient({ url: gateway.url }).ask({ model: "openai/gpt-4o", text: "hi" });
  const configDump = async () =>
    (await fetch(`http://${gateway.environment.ADMIN_BIND_ADDRESS}/config_dump`)).text();

  async function start(key: string, environment: Readonly<Record<string, string>> = {}) {
    gateway = await prepareGateway({ config: { model_providers: [entry(key)] }, environment });
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode, up.output).toBe(0);
  }

  test.each(["of a variable", "of the file"])("it is told a key %s only sealed", async (where) => {
    if (where === "of the file") await start(provider.key);
    else await start("$OPENAI_API_KEY", { OPENAI_API_KEY: provider.key });
    expect((await ask()).text).toBe("Echo: hi");
    const dump = await configDump();
    expect(dump).toContain("llm_gateway.wasm");
    expect(dump).not.toContain(provider.key);
    const environ = await readFile(`/proc/${await gateway.envoyPid()}/environ`, "utf8");
    expect(environ).toContain("PLANO_SEALING_KEY=");
    expect(environ).not.toContain(provider.key);
  });

  test("another key reaches it while it runs, also over connections that stay", async () => {
    await start("$FIRST_KEY", { FIRST_KEY: "sk-not-the-right-one", SECOND_KEY: provider.key });
    const envoy = await gateway.envoyPid();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = () => post(`${gateway.url}/v1/chat/completions`, agent);
    const before = await call();
    expect(before.status).toBe(401);
    const written = JSON.parse(await readFile(join(gateway.folder, "config.yaml"), "utf8")) as object;
    const changed = { ...written, model_providers: [entry("$SECOND_KEY")] };
    const { state } = await afterChange(gateway, () =>
      writeFile(join(gateway.folder, "config.yaml"), JSON.stringify(changed)),
    );
    expect(state).toMatchObject({ last_failure: null, in_force: { version: 2 } });
    const after = await call();
    expect(after).toEqual({ status: 200, port: before.port });
    expect(await gateway.envoyPid()).toBe(envoy);
    agent.destroy();
  });

  test("a port of its own that a listener is to have is refused beforehand", async () => {
    const port = await freePort();
    gateway = await prepareGateway({
      config: {
        listeners: [{ name: "models", type: "model", port }],
        model_providers: [entry("$OPENAI_API_KEY")],
      },
      environment: { OPENAI_API_KEY: provider.key, BIND_ADDRESS: `127.0.0.1:${port}` },
    });
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode).toBe(1);
    expect(up.output).toContain(`port ${port} (listener models) is where brightstaff listens for Envoy`);
  });

  test("a port that somebody takes while it starts is told at once", async () => {
    gateway = await prepareGateway({
      config: { model_providers: [entry("$OPENAI_API_KEY")] },
      environment: { OPENAI_API_KEY: provider.key },
    });
    const began = Date.now();
    const hasty = join(gateway.folder, "envoy");
    const take = `require("net").createServer().listen(${gateway.port}, "127.0.0.1"); setTimeout(process.exit, 5000)`;
    const serves = '*--disable-hot-restart*) "$NODE" -e "$TAKE" & sleep 0.5 ;;';
    const variables = `NODE='${process.execPath}' TAKE='${take}'`;
    const script = `#!/bin/sh\n${variables}\ncase "$*" in ${serves} esac\nexec '${envoyProgram}' "$@"\n`;
    await writeFile(hasty, script, { mode: 0o755 });
    const up = await gateway.planoai("up", "config.yaml", "--envoy", hasty);
    expect(up.exitCode).toBe(1);
    expect(up.output).toMatch(/Envoy refuses the configuration: .*Address already in use/);
    // It would be waited for a minute otherwise.
    expect(Date.now() - began).toBeLessThan(40_000);
  });

  test("one that is killed soon after its start is started anew", async () => {
    await start(provider.key);
    const first = await gateway.envoyPid();
    process.kill(first, "SIGKILL");
    await expect.poll(() => gateway.envoyPid(), patience).not.toBe(first);
    await expect.poll(async () => (await ask().catch(() => undefined))?.text, patience).toBe("Echo: hi");
  });

  test("one that was started anew and outlived its brightstaff is named by status and ended by down", async () => {
    await start(provider.key);
    const first = await gateway.envoyPid();
    process.kill(first, "SIGKILL");
    await expect.poll(() => gateway.envoyPid(), patience).not.toBe(first);
    const second = await gateway.envoyPid();
    const own = await gateway.pid();
    process.kill(own, "SIGKILL");
    await expect.poll(() => isAlive(own), patience).toBe(false);
    expect(isAlive(second)).toBe(true);
    const status = await gateway.planoai("status", "--json");
    expect(status.exitCode).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({
      running: false,
      orphaned_envoy: { pid: second, urls: [gateway.url] },
    });
    const down = await gateway.planoai("down");
    expect(down.exitCode).toBe(0);
    expect(down.output).toContain("Stopped the Envoy of a gateway that is gone");
    await expect.poll(() => isAlive(second), patience).toBe(false);
  });
});

/** Asks once; which port of this machine it came from tells one connection from another. */
function post(url: string, agent: Agent) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined;
    port: number | undefined;
  }>();
  const headers = { "content-type": "application/json" };
  const call = request(url, { agent, method: "POST", headers }, async (reply) => {
    const { localPort: port } = reply.socket;
    await text(reply);
    resolve({ status: reply.statusCode, port });
  });
  call.on("error", reject);
  call.end(JSON.stringify({ model: "openai/gpt-4o", messages: [{ role: "user", content: "hi" }] }));
  return promise;
}
