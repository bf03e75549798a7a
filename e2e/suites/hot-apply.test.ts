import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import { Agent, get, type IncomingMessage, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createCertificates, type Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { afterChange, configState } from "../support/config-state.ts";
import { freePort } from "../support/free-port.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { startProvider } from "../support/provider.ts";

let provider: Provider;
let gateway: Gateway;

beforeAll(async () => {
  provider = await startProvider({ service: "openai" });
});
afterAll(() => provider.close());
afterEach(() => gateway?.stop());

interface Written {
  readonly listeners?: readonly object[];
  readonly model_aliases?: Readonly<Record<string, { target: string }>>;
  readonly [key: string]: unknown;
}

const entry = (key = "$OPENAI_API_KEY") => ({ model: "openai/*", base_url: provider.url, access_key: key });

async function start(rest: Written = {}, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await prepareGateway({
    config: { model_providers: [entry()], ...rest },
    environment: { OPENAI_API_KEY: provider.key, ...environment },
  });
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode, up.output).toBe(0);
}

function text(rest: Written = {}): string {
  const listeners = [{ name: "egress_traffic", type: "model", port: gateway.port }];
  return JSON.stringify({ version: "v0.4.0", listeners, model_providers: [entry()], ...rest }, null, 2);
}

const configPath = () => join(gateway.folder, "config.yaml");
const write = (rest: Written = {}) => writeFile(configPath(), text(rest));
const alias = (target: string) => ({ model_aliases: { fast: { target } } });
const ask = (model: string, url = gateway.url) => chatClient({ url }).ask({ model, text: "hi" });
const isUp = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.ok;

/** A stream of 50 words, two seconds long; `underWay` resolves once some have come. */
function openStream(url = gateway.url) {
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  let pieces = 0;
  const answer = chatClient({ url }).stream({ model: "openai/scenario-paced-40", text: "hi" }, () => {
    pieces += 1;
    if (pieces === 5) resolve();
  });
  return { answer, underWay };
}

describe("a changed file", () => {
  test("leaves a call that is still being sent the provider it began with", async () => {
    await start();
    const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }], model: "openai/gpt-4o" });
    const call = request(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
    });
    const answered = once(call, "response");
    call.write(body.slice(0, 40));
    await pause(200);
    const others = [{ model: "openai/*", base_url: "http://127.0.0.1:9", access_key: "k" }];
    const { state } = await afterChange(gateway, () => write({ model_providers: others }));
    expect(state.in_force.version).toBe(2);
    call.end(body.slice(40));
    const [answer] = (await answered) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await expect(ask("openai/gpt-4o")).rejects.toThrow();
  });

  test("is in force soon, and the log says what has changed", async () => {
    await start();
    const pid = await gateway.pid();
    await expect(ask("fast")).rejects.toThrow();
    const { state, milliseconds } = await afterChange(gateway, () => write(alias("openai/gpt-4o")));
    expect(state.in_force).toMatchObject({ version: 2, changes: ["alias 'fast' added"] });
    // Half a second on a machine that has nothing else to do.
    expect(milliseconds).toBeLessThan(5000);
    expect((await ask("fast")).text).toBe("Echo: hi");
    expect(await gateway.log()).toContain("configuration 2: alias 'fast' added");
    expect(await gateway.pid()).toBe(pid);
  });

  test("may take the old one's place, as editors do it", async () => {
    await start();
    for (const target of ["openai/gpt-4o", "openai/gpt-4o-mini"]) {
      const { state } = await afterChange(gateway, async () => {
        await writeFile(`${configPath()}.new`, text(alias(target)));
        await rename(configPath(), `${configPath()}~`);
        await rename(`${configPath()}.new`, configPath());
      });
      expect(state.last_failure).toBeNull();
      provider.forget();
      await ask("fast");
      expect(provider.lastRequest().json).toMatchObject({ model: target.replace("openai/", "") });
    }
  });

  test.each([
    ["that is not YAML", "version: [", /config\.yaml:\d+:\d+/],
    ["with an unknown key", "version: v0.4.0\nmodel_provider: []\n", /did you mean: model_providers/],
    ["that needs a key which nobody has", undefined, /\$NONESUCH_KEY, which is not set/],
  ])("%s changes nothing and is reported", async (_, broken, reason) => {
    await start(alias("openai/gpt-4o"));
    const wrong = broken ?? text({ model_providers: [entry("$NONESUCH_KEY")] });
    const { state } = await afterChange(gateway, () => writeFile(configPath(), wrong));
    expect(state.in_force.version).toBe(1);
    expect(state.last_failure?.reason).toMatch(reason);
    expect((await ask("fast")).text).toBe("Echo: hi");
    expect(await gateway.log()).toMatch(reason);
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    expect(metrics).toContain('plano_config_reloads_total{outcome="refused"} 1');
    expect(metrics).toContain("plano_config_last_reload_refused 1");
    const status = await gateway.planoai("status");
    expect(status.output).toMatch(reason);
    const reload = await gateway.planoai("reload");
    expect(reload.exitCode).toBe(1);
    expect(reload.stderr).toMatch(reason);
    await afterChange(gateway, () => write(alias("openai/gpt-4o-mini")));
    const { config } = JSON.parse((await gateway.planoai("status", "--json")).stdout) as {
      config: { version: number; last_failure: unknown };
    };
    expect(config).toMatchObject({ version: 2, last_failure: null });
  });
});

describe("keys", () => {
  const wrong = "sk-not-the-right-one";

  test("that change in .env are taken, and stand in no file and no log", async () => {
    gateway = await prepareGateway({ config: { model_providers: [entry()] } });
    const file = join(gateway.folder, ".env");
    await writeFile(file, `OPENAI_API_KEY=${wrong}\n`);
    expect((await gateway.planoai("up", "config.yaml")).exitCode).toBe(0);
    await expect(ask("openai/gpt-4o")).rejects.toThrow();
    const { state } = await afterChange(gateway, () =>
      writeFile(file, `OPENAI_API_KEY=${provider.key}\nOTHER=x\n`),
    );
    expect(state.in_force.changes).toEqual(["$OPENAI_API_KEY has another value"]);
    expect((await ask("openai/gpt-4o")).text).toBe("Echo: hi");
    const gone = await afterChange(gateway, () => writeFile(file, "OTHER=x\n"));
    expect(gone.state.last_failure?.reason).toContain("$OPENAI_API_KEY, which is not set");
    const files = await gateway.runFiles();
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["arch_config_rendered.yaml", "config_state.json", "logs/brightstaff.log"]),
    );
    for (const { name, content } of files) expect(content, name).not.toContain(provider.key);
  });

  test("that only a new configuration needs come from what the gateway was started with", async () => {
    await start({}, { SECOND_KEY: provider.key });
    const config = { ...alias("second/gpt-4o"), model_providers: [entry(), second("$SECOND_KEY")] };
    const { state } = await afterChange(gateway, () => write(config));
    expect(state).toMatchObject({ last_failure: null, in_force: { version: 2 } });
    expect((await ask("fast")).text).toBe("Echo: hi");
    const environ = await readFile(`/proc/${await gateway.pid()}/environ`, "utf8");
    expect(environ).not.toContain("SECOND_KEY");
  });

  const second = (key: string) => ({
    ...entry(key),
    name: "second",
    model: "second/gpt-4o",
    provider_interface: "openai",
  });
});

describe("listeners", () => {
  const listener = (name: string, port: number, rest: object = {}) => ({
    name,
    type: "model",
    port,
    ...rest,
  });

  test("move to another port; what is open at the old one finishes, and no more comes in", async () => {
    await start();
    const other = await freePort();
    const { answer, underWay } = openStream();
    await underWay;
    const { state } = await afterChange(gateway, () =>
      write({ listeners: [listener("egress_traffic", other)] }),
    );
    expect(state.in_force.changes).toEqual([`listener 'egress_traffic': port ${gateway.port} → ${other}`]);
    expect(await isUp(other)).toBe(true);
    expect(await isUp(gateway.port)).toBeUndefined();
    expect((await answer).text.split(" ")).toHaveLength(50);
    const { listeners } = JSON.parse((await gateway.planoai("status", "--json")).stdout) as {
      listeners: object[];
    };
    expect(listeners).toMatchObject([{ port: other, healthy: true }]);
  });

  test("that stay keep their connections, under their new time limit", async () => {
    await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const port = async () => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      get(`${gateway.url}/healthz`, { agent }, (reply) => {
        const { localPort } = reply.socket;
        reply.resume().on("end", () => resolve(localPort));
      }).on("error", reject);
      return promise;
    };
    const first = await port();
    await afterChange(gateway, () =>
      write({ listeners: [listener("renamed", gateway.port, { timeout: "500ms" })] }),
    );
    expect(await port()).toBe(first);
    agent.destroy();
    const error = await ask("openai/scenario-slow-3000").catch((thrown: unknown) => thrown);
    expect(chatClient({ url: gateway.url }).refusal(error).status).toBe(504);
  });

  test("at a port that another program has change nothing", async () => {
    await start();
    const taken = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(taken, "127.0.0.1", resolve));
    try {
      const { state } = await afterChange(gateway, () =>
        write({ ...alias("openai/gpt-4o"), listeners: [listener("egress_traffic", taken)] }),
      );
      expect(state.in_force.version).toBe(1);
      expect(state.last_failure?.reason).toContain(
        `listener 'egress_traffic': 127.0.0.1:${taken} is already in use`,
      );
      await expect(ask("fast")).rejects.toThrow();
      expect((await ask("openai/gpt-4o")).text).toBe("Echo: hi");
    } finally {
      holder.close();
    }
  });

  test("that move to another address at their port need a restart, which up does", async () => {
    await start();
    const moved = { listeners: [listener("egress_traffic", gateway.port, { address: "0.0.0.0" })] };
    const { state } = await afterChange(gateway, () => write(moved));
    expect(state.last_failure?.reason).toContain("this needs a restart");
    const reload = await gateway.planoai("reload");
    expect(reload.exitCode).toBe(1);
    expect(reload.stderr).toContain("planoai up --restart");
    const pid = await gateway.pid();
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode, up.output).toBe(0);
    expect(up.output).toContain("is replaced: listener 'egress_traffic' moves");
    expect(await gateway.pid()).not.toBe(pid);
  });
});

describe("who asks", () => {
  test("reload waits and tells what has changed, or that nothing has", async () => {
    await start();
    const none = await gateway.planoai("reload");
    expect(none.exitCode, none.output).toBe(0);
    expect(none.stdout).toContain("Nothing to change");
    await write(alias("openai/gpt-4o"));
    const reload = await gateway.planoai("reload");
    expect(reload.exitCode, reload.output).toBe(0);
    expect(reload.stdout).toContain("alias 'fast' added");
    expect((await ask("fast")).text).toBe("Echo: hi");
    await gateway.planoai("down");
    const down = await gateway.planoai("reload");
    expect(down.exitCode).toBe(1);
    expect(down.stderr).toContain("no gateway is running");
  });

  test("up has the running gateway take another file, and watch that one", async () => {
    await start();
    const pid = await gateway.pid();
    const path = join(gateway.folder, "other.yaml");
    await writeFile(path, text(alias("openai/gpt-4o")));
    const up = await gateway.planoai("up", "other.yaml");
    expect(up.exitCode, up.output).toBe(0);
    expect(up.stdout).toContain("alias 'fast' added");
    expect(await gateway.pid()).toBe(pid);
    expect((await ask("fast")).text).toBe("Echo: hi");
    expect((await gateway.planoai("status")).stdout).toContain("other.yaml");
    const { state } = await afterChange(gateway, () => writeFile(path, text(alias("openai/gpt-4o-mini"))));
    expect(state.in_force.changes).toEqual(["alias 'fast': target openai/gpt-4o → openai/gpt-4o-mini"]);
  });

  test("up with another file has the last word over what was just written", async () => {
    await start();
    const path = join(gateway.folder, "other.yaml");
    await writeFile(path, text(alias("openai/gpt-4o")));
    for (let round = 0; round < 3; round += 1) {
      const up = gateway.planoai("up", "other.yaml");
      // The gateway compiles these while the other one is handed in.
      for (let edit = 0; edit < 5; edit += 1) {
        await write({ overrides: { drain_timeout: `${10 + edit}s` } });
        await pause(60);
      }
      expect((await up).exitCode).toBe(0);
      await pause(1000);
      expect((await ask("fast")).text).toBe("Echo: hi");
      await gateway.planoai("up", "config.yaml");
    }
  });

  test("SIGHUP reads everything again, also the certificates", async () => {
    const certificates = createCertificates();
    const secure = await startProvider({ service: "openai", tls: certificates });
    try {
      gateway = await prepareGateway({
        config: {
          model_providers: [{ model: "openai/*", base_url: secure.url, access_key: "$OPENAI_API_KEY" }],
          overrides: { upstream_tls_ca_path: "authority.pem" },
        },
        environment: { OPENAI_API_KEY: secure.key },
      });
      const authority = join(gateway.folder, "authority.pem");
      await writeFile(authority, createCertificates().authority);
      expect((await gateway.planoai("up", "config.yaml")).exitCode).toBe(0);
      await expect(ask("openai/gpt-4o")).rejects.toThrow("cannot be trusted");
      await writeFile(authority, certificates.authority);
      const pid = await gateway.pid();
      const { state } = await afterChange(gateway, async () => process.kill(pid, "SIGHUP"));
      expect(state.in_force.changes).toEqual(["overrides.upstream_tls_ca_path: other certificates"]);
      expect((await ask("openai/gpt-4o")).text).toBe("Echo: hi");
      process.kill(pid, "SIGHUP");
      await expect.poll(() => gateway.log(), { timeout: 10_000 }).toContain("nothing has changed");
      expect((await configState(gateway)).in_force.version).toBe(2);
    } finally {
      await secure.close();
    }
  });
});
