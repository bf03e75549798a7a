import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Certificates, createCertificates, type Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { freePort } from "../support/free-port.ts";
import { type Gateway, type GatewayOptions, prepareGateway, startGateway } from "../support/gateway.ts";
import { inMode, isBehindEnvoy, isInContainer } from "../support/mode.ts";
import { runPlanoai } from "../support/programs.ts";
import { startProvider } from "../support/provider.ts";

let provider: Provider;
let gateway: Gateway;

const entry = () => ({ model: "openai/*", base_url: provider.url, access_key: "$OPENAI_API_KEY" });

async function start(config: object = {}, environment: GatewayOptions["environment"] = {}): Promise<void> {
  gateway = await startGateway({
    config: { model_providers: [entry()], ...config },
    environment: { OPENAI_API_KEY: provider.key, UNRELATED_SECRET: "not for the container", ...environment },
  });
}

async function write(rest: object = {}, listener: object = {}): Promise<void> {
  const listeners = [{ name: "egress_traffic", type: "model", port: gateway.port, ...listener }];
  const config = { version: "v0.4.0", listeners, model_providers: [entry()], ...rest };
  await writeFile(join(gateway.folder, "config.yaml"), JSON.stringify(config));
}

async function docker(...words: string[]): Promise<string> {
  const { DOCKER_HOST, PATH = "" } = process.env;
  const env = { PATH, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }) };
  return (await promisify(execFile)("docker", words, { env })).stdout;
}

const { PLANO_DOCKER_IMAGE: testedImage = "" } = process.env;
const containerName = () => gateway.environment.PLANO_DOCKER_CONTAINER ?? "";
const inspect = async (...path: readonly (string | number)[]) => {
  const [found] = JSON.parse(await docker("inspect", containerName())) as [unknown];
  return path.reduce((value, key) => (value as Record<string | number, unknown>)[key], found as unknown);
};
const alias = (target: string) => ({ model_aliases: { fast: { target } } });
const ask = (model: string) => chatClient({ url: gateway.url }).ask({ model, text: "hi" });

describe.runIf(isInContainer)("in a container", () => {
  beforeAll(async () => {
    provider = await startProvider({ service: "openai" });
  });
  afterAll(() => provider.close());
  afterEach(() => gateway.stop());

  test("the program has the keys that the configuration names, and hardly any rights", async () => {
    await start();
    expect((await ask("openai/gpt-4o")).text).not.toBe("");
    const variables = (await inspect("Config", "Env")) as string[];
    expect(variables.map((line) => line.split("=")[0]).sort()).toEqual([
      "OPENAI_API_KEY",
      "PATH",
      "RUST_LOG",
    ]);
    expect(await inspect("HostConfig")).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      RestartPolicy: { Name: "unless-stopped" },
    });
    expect(await inspect("Config", "User")).not.toMatch(/^0|^root|^$/);
    expect(await inspect("NetworkSettings", "Ports", `${gateway.port}/tcp`)).toEqual([
      { HostIp: "127.0.0.1", HostPort: String(gateway.port) },
    ]);
    await vi.waitFor(async () => expect(await inspect("State", "Health", "Status")).toBe("healthy"), {
      timeout: 30_000,
      interval: 500,
    });
    const image = Number(await docker("image", "inspect", "--format", "{{.Size}}", testedImage));
    expect(image).toBeLessThan(isBehindEnvoy ? 150_000_000 : 15_000_000);
  });

  test("a changed configuration is taken by the same container, while a stream goes on", async () => {
    await start();
    const id = await inspect("Id");
    const stream = chatClient({ url: gateway.url }).stream({
      model: "openai/scenario-paced-40",
      text: "hi",
    });
    await provider.waitForRequest(({ path }) => path.endsWith("/chat/completions"));
    await write(alias("openai/gpt-4o"));
    const reload = await gateway.planoai("reload");
    expect(reload).toMatchObject({ exitCode: 0, stderr: "" });
    expect(reload.stdout).toContain("alias 'fast' added");
    expect((await ask("fast")).text).not.toBe("");
    await write(alias("openai/gpt-4o-mini"));
    const up = await gateway.planoai("up", "config.yaml", "--docker");
    expect(up.stdout).toContain("alias 'fast': target openai/gpt-4o → openai/gpt-4o-mini");
    expect((await gateway.planoai("reload")).stdout).toContain("Nothing to change: version 3");
    expect((await stream).text.split(" ").length).toBeGreaterThan(30);
    expect(await inspect("Id")).toBe(id);
    const status = JSON.parse((await gateway.planoai("status", "--json")).stdout);
    const here = { environment: gateway.environment, folder: gateway.folder };
    expect((await runPlanoai(["down"], here)).stdout).toContain("is stopped by --docker");
    expect((await runPlanoai(["logs"], here)).stderr).toContain("planoai logs --docker");
    expect(status).toMatchObject({
      running: true,
      container: { id, name: containerName() },
      config: { version: 3, last_failure: null },
      log_path: null,
      listeners: [{ healthy: true }],
    });
  });

  test("certificates that are others from now on are taken by a reload", async () => {
    const [first, second] = [createCertificates(), createCertificates()];
    const secured = await startProvider({ service: "openai", tls: second });
    try {
      gateway = await prepareGateway({
        config: {
          model_providers: [{ model: "openai/*", base_url: secured.url, access_key: "$OPENAI_API_KEY" }],
          overrides: { upstream_tls_ca_path: "authority.pem" },
        },
        environment: { OPENAI_API_KEY: secured.key },
      });
      const trust = ({ authority }: Certificates) =>
        writeFile(join(gateway.folder, "authority.pem"), authority);
      await trust(first);
      const up = await gateway.planoai("up", "config.yaml");
      expect(up.exitCode, up.output).toBe(0);
      await expect(ask("openai/gpt-4o")).rejects.toThrow("certificate");
      await trust(second);
      const reloaded = await gateway.planoai("reload");
      expect(reloaded.exitCode, reloaded.output).toBe(0);
      expect((await ask("openai/gpt-4o")).text).toBe("Echo: hi");
    } finally {
      await secured.close();
    }
  });

  test("what cannot be served changes nothing", async () => {
    await start(alias("openai/gpt-4o"));
    await write({ model_providers: [{ ...entry(), surprise: 1 }] });
    const invalid = await gateway.planoai("reload");
    expect(invalid.exitCode).toBe(1);
    expect(invalid.stderr).toContain("surprise");
    const lastFailure = async () =>
      JSON.parse((await gateway.planoai("status", "--json")).stdout).config.last_failure;
    expect(await lastFailure()).toMatchObject({ reason: expect.stringContaining("surprise") });
    expect((await gateway.planoai("status")).stderr).toContain("surprise");
    // What only the program itself notices.
    await write({ model_providers: [{ ...entry(), http_host: "user@host" }] });
    const refused = await gateway.planoai("reload");
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("http_host");
    const { config } = JSON.parse((await gateway.planoai("status", "--json")).stdout);
    expect(config).toMatchObject({
      version: 1,
      last_failure: { reason: expect.stringContaining("http_host") },
    });
    expect((await gateway.planoai("reload")).stderr).toContain("http_host");
    expect((await ask("fast")).text).not.toBe("");
    await write(alias("openai/gpt-4o"));
    expect((await gateway.planoai("reload")).stdout).toContain("Nothing to change: version 1");
    expect(await lastFailure()).toBe(null);
  });

  test("another port or key needs another container, which up makes", async () => {
    await start();
    const id = await inspect("Id");
    const port = await freePort();
    await write({ model_providers: [{ ...entry(), access_key: "$OTHER_KEY" }] }, { port });
    await writeFile(join(gateway.folder, ".env"), `OTHER_KEY=${provider.key}\n`);
    const reload = await gateway.planoai("reload");
    expect(reload.exitCode).toBe(1);
    expect(reload.stderr).toContain("planoai up --docker");
    const up = await gateway.planoai("up", "config.yaml", "--docker");
    expect(up.exitCode, up.output).toBe(0);
    expect(up.stdout).toContain("its image, ports, keys or time to stop have changed");
    expect(await inspect("Id")).not.toBe(id);
    const client = chatClient({ url: `http://127.0.0.1:${port}` });
    expect((await client.ask({ model: "openai/gpt-4o", text: "hi" })).text).not.toBe("");
    const { Env: variables } = (await inspect("Config")) as { Env: string[] };
    expect(variables.join("\n")).not.toContain("OPENAI_API_KEY");
  });

  test("one that cannot take the place of another leaves it as it was", async () => {
    await start(alias("openai/gpt-4o"));
    const id = await inspect("Id");
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    try {
      await write({}, { port: (blocker.address() as AddressInfo).port });
      const { stderr } = await gateway.planoai("up", "config.yaml", "--docker");
      expect(stderr).toContain("is in use");
    } finally {
      blocker.close();
    }
    expect(await inspect("RestartCount")).toBe(0);
    expect((await ask("fast")).text).not.toBe("");
    // What only the program itself notices, in a container that has to be another one.
    await write({ model_providers: [{ ...entry(), http_host: "user@host" }] }, { port: await freePort() });
    const failed = await gateway.planoai("up", "config.yaml", "--docker");
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toMatch(/http_host[\s\S]*that ran before serves again/);
    expect(await inspect("Id")).toBe(id);
    expect((await ask("fast")).text).not.toBe("");
    expect(JSON.parse((await gateway.planoai("status", "--json")).stdout).container.id).toBe(id);
    await expect(docker("inspect", `${containerName()}.taking-over`)).rejects.toThrow();
    await write(alias("openai/gpt-4o-mini"));
    expect((await gateway.planoai("reload")).stdout).toContain("alias 'fast'");
  });

  test("a shell without the keys changes the rest", async () => {
    await start();
    const id = await inspect("Id");
    const { OPENAI_API_KEY: _, ...environment } = gateway.environment;
    const without = (...words: string[]) => runPlanoai(words, { environment, folder: gateway.folder });
    await write(alias("openai/gpt-4o"));
    const reload = await without("reload");
    expect(reload.stdout, reload.output).toContain("alias 'fast' added");
    await write(alias("openai/gpt-4o-mini"));
    const up = await without("up", "config.yaml", "--docker", ...(isBehindEnvoy ? ["--native"] : []));
    expect(up.stdout, up.output).toContain("alias 'fast'");
    expect(await inspect("Id")).toBe(id);
    expect((await ask("fast")).text).not.toBe("");
    await write({ model_providers: [{ ...entry(), access_key: "$NO_SUCH_KEY" }] });
    expect((await without("reload")).stderr).toContain("A key is missing");
  });

  test("one that does not answer takes no change, and up has it answer again", async () => {
    await start();
    const id = await inspect("Id");
    await docker("pause", containerName());
    await write(alias("openai/gpt-4o"));
    expect((await gateway.planoai("reload")).stderr).toContain("the container does not answer");
    const up = await gateway.planoai("up", "config.yaml", "--docker");
    expect(up.stdout, up.output).toMatch(/was paused; it goes on[\s\S]*alias 'fast' added/);
    expect(await inspect("Id")).toBe(id);
    expect((await ask("fast")).text).not.toBe("");
  });

  test("keys that stand in the file are nobody else's to read, and go with the container", async () => {
    await start({ model_providers: [{ ...entry(), access_key: provider.key }] });
    const folder = join(gateway.folder, `.plano/run/docker-${containerName()}/config`);
    expect(await readFile(join(folder, "config.yaml"), "utf8")).toContain(provider.key);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "config.yaml"))).mode & 0o777).toBe(0o600);
    expect((await gateway.planoai("down", "--docker")).exitCode).toBe(0);
    await expect(stat(join(folder, "config.yaml"))).rejects.toThrow("ENOENT");
    expect((await gateway.planoai("status")).exitCode).toBe(3);
  });

  test("one of another name beside it has files of its own", async () => {
    await start(alias("openai/gpt-4o"));
    const [port, metricsPort] = [await freePort(), await freePort()];
    const listeners = [{ name: "egress_traffic", type: "model", port }];
    const other = { version: "v0.4.0", listeners, model_providers: [entry()] };
    await writeFile(join(gateway.folder, "other.yaml"), JSON.stringify(other));
    const environment = {
      ...gateway.environment,
      PLANO_DOCKER_CONTAINER: `${containerName()}-b`,
      METRICS_BIND_ADDRESS: `127.0.0.1:${metricsPort}`,
    };
    const second = (...words: string[]) => runPlanoai(inMode(words), { environment, folder: gateway.folder });
    try {
      const up = await second("up", "other.yaml");
      expect(up.exitCode, up.output).toBe(0);
      const paths = async (run: Promise<{ stdout: string }>) => JSON.parse((await run).stdout).config_path;
      expect(await paths(gateway.planoai("status", "--json"))).toBe(join(gateway.folder, "config.yaml"));
      expect(await paths(second("status", "--json"))).toBe(join(gateway.folder, "other.yaml"));
      expect((await gateway.planoai("reload")).stdout).toContain("Nothing to change: version 1");
      expect((await second("reload")).stdout).toContain("Nothing to change: version 1");
    } finally {
      expect((await second("down")).exitCode).toBe(0);
    }
    expect((await second("status")).exitCode).toBe(3);
    expect((await ask("fast")).text).not.toBe("");
    expect((await gateway.planoai("status")).exitCode).toBe(0);
  });

  test("what does not start says why, and leaves nothing", async () => {
    await start();
    await gateway.planoai("down", "--docker");
    await write({ model_providers: [{ ...entry(), http_host: "user@host" }] });
    const up = await gateway.planoai("up", "config.yaml", "--docker");
    expect(up.exitCode).toBe(1);
    expect(up.stderr).toMatch(/ended with exit code 2[\s\S]*http_host/);
    await expect(inspect("Id")).rejects.toThrow();
  });

  test("a container of somebody else's, an engine and an image that are not there are named", async () => {
    await start();
    await gateway.planoai("down", "--docker");
    await docker("create", "--name", containerName(), testedImage);
    try {
      for (const words of [
        ["up", "config.yaml", "--docker"],
        ["down", "--docker"],
      ]) {
        const { exitCode, stderr } = await gateway.planoai(...words);
        expect([exitCode, stderr]).toEqual([1, expect.stringContaining("was not made by planoai")]);
      }
    } finally {
      await docker("rm", containerName());
    }
    const run = async (variables: Readonly<Record<string, string>>) => {
      Object.assign(gateway.environment, variables);
      return gateway.planoai("up", "config.yaml", "--docker");
    };
    const { DOCKER_HOST = "", PLANO_DOCKER_IMAGE = "" } = gateway.environment;
    expect((await run({ PLANO_DOCKER_IMAGE: "plano-e2e:none" })).stderr).toContain("planoai build");
    expect((await run({ DOCKER_HOST: "unix:///nowhere.sock" })).stderr).toContain("does not answer");
    Object.assign(gateway.environment, { DOCKER_HOST, PLANO_DOCKER_IMAGE });
  });
});
