import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { isAlive } from "../support/processes.ts";
import { repositoryFile, runPlanoai } from "../support/programs.ts";
import { startProvider } from "../support/provider.ts";

let provider: Provider;
let gateway: Gateway;

beforeAll(async () => {
  provider = await startProvider({ service: "openai" });
});
afterAll(() => provider.close());
afterEach(() => gateway?.stop());

const model = "openai/gpt-4o";

async function prepare(overrides: Record<string, unknown> = {}, environment: Record<string, string> = {}) {
  gateway = await prepareGateway({
    config: {
      model_providers: [{ model: "openai/*", base_url: provider.url, access_key: "$OPENAI_API_KEY" }],
      ...(Object.keys(overrides).length > 0 && { overrides }),
    },
    environment: { OPENAI_API_KEY: provider.key, ...environment },
  });
  return gateway;
}

const ask = (question: { model: string; text: string }) => chatClient({ url: gateway.url }).ask(question);

describe("up and down", () => {
  test("up says where it listens and how to try it; down ends it", async () => {
    await prepare();
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode, up.output).toBe(0);
    expect(up.output).toContain(`127.0.0.1:${gateway.port}`);
    expect(up.output).toContain("curl");
    expect((await ask({ model, text: "hi" })).text).toBe("Echo: hi");
    const down = await gateway.planoai("down");
    expect(down.exitCode).toBe(0);
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
  });

  test("down twice is no error", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    expect((await gateway.planoai("down")).exitCode).toBe(0);
    const again = await gateway.planoai("down");
    expect(again.exitCode, again.output).toBe(0);
  });

  test("up --restart replaces the running instance", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    const first = await gateway.pid();
    const again = await gateway.planoai("up", "config.yaml", "--restart");
    expect(again.exitCode, again.output).toBe(0);
    expect(await gateway.pid()).not.toBe(first);
    await expect.poll(() => isAlive(first), { timeout: 5000 }).toBe(false);
    expect((await ask({ model, text: "hi" })).text).toBe("Echo: hi");
  });

  test("status tells, in words and as JSON", async () => {
    await prepare();
    expect((await gateway.planoai("status")).exitCode).not.toBe(0);
    await gateway.planoai("up", "config.yaml");
    const status = await gateway.planoai("status", "--json");
    expect(status.exitCode, status.output).toBe(0);
    expect(JSON.stringify(JSON.parse(status.stdout))).toContain(String(await gateway.pid()));
  });

  test("a stale or broken PID file is put aside", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    const pid = await gateway.pid();
    process.kill(pid, "SIGKILL");
    const file = join(gateway.folder, ".plano/run/plano.pid");
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
    expect((await gateway.planoai("down")).exitCode).toBe(0);
    await writeFile(file, "not json");
    expect((await gateway.planoai("down")).exitCode).toBe(0);
    expect((await gateway.planoai("up", "config.yaml")).exitCode).toBe(0);
  });

  test("a PID that belongs to someone else now is left alone", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    const file = join(gateway.folder, ".plano/run/plano.pid");
    const written = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    process.kill(await gateway.pid(), "SIGKILL");
    await writeFile(file, JSON.stringify({ ...written, brightstaff_pid: process.pid }));
    expect((await gateway.planoai("down")).exitCode).toBe(0);
    expect(isAlive(process.pid)).toBe(true);
  });

  test("run-time files are the owner's only and hold no key", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    expect((await ask({ model, text: "hi" })).text).toBe("Echo: hi");
    const files = await gateway.runFiles();
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["arch_config_rendered.yaml", "plano.pid", "logs/brightstaff.log"]),
    );
    for (const { name, mode, content } of files) {
      expect(mode, name).toBe(0o600);
      expect(content, name).not.toContain(provider.key);
    }
  });
});

describe("what keeps it from starting", () => {
  test("a port that another program holds", async () => {
    await prepare();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(gateway.port, "127.0.0.1", resolve));
    try {
      const up = await gateway.planoai("up", "config.yaml");
      expect(up.exitCode).not.toBe(0);
      expect(up.output).toContain(String(gateway.port));
      expect(up.output).not.toMatch(/^\s+at /m);
    } finally {
      holder.close();
    }
  });

  test("a key that is not set", async () => {
    await prepare({}, { OPENAI_API_KEY: "" });
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("OPENAI_API_KEY");
  });

  test("a key from the .env file beside the config", async () => {
    await prepare({}, { OPENAI_API_KEY: "" });
    await writeFile(join(gateway.folder, ".env"), `export OPENAI_API_KEY="${provider.key}" # ours\n`);
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode, up.output).toBe(0);
    expect((await ask({ model, text: "hi" })).text).toBe("Echo: hi");
  });

  test("a wrong config leaves the running instance alone", async () => {
    await prepare();
    await gateway.planoai("up", "config.yaml");
    const pid = await gateway.pid();
    await writeFile(
      join(gateway.folder, "config.yaml"),
      "version: v0.4.0\nlisteners: []\nmodel_provider: []\n",
    );
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("model_providers");
    expect(await gateway.pid()).toBe(pid);
    expect((await ask({ model, text: "hi" })).text).toBe("Echo: hi");
  });

  test("a config file that is not there", async () => {
    await prepare();
    const up = await gateway.planoai("up", "nonesuch.yaml");
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("nonesuch.yaml");
  });
});

describe("a provider that is down", () => {
  test("is a 502 or 503 with words, and the gateway goes on", async () => {
    const gone = await startProvider({ service: "openai" });
    await gone.close();
    gateway = await prepareGateway({
      config: {
        model_providers: [
          { model: "openai/gpt-4o", base_url: gone.url, access_key: "sk-x" },
          { model: "openai/gpt-4o-mini", base_url: provider.url, access_key: "$OPENAI_API_KEY" },
        ],
      },
      environment: { OPENAI_API_KEY: provider.key },
    });
    expect((await gateway.planoai("up", "config.yaml")).exitCode).toBe(0);
    const client = chatClient({ url: gateway.url });
    const error = await ask({ model, text: "hi" }).catch((thrown: unknown) => thrown);
    expect([502, 503]).toContain(client.refusal(error).status);
    expect((await ask({ model: "openai/gpt-4o-mini", text: "hi" })).text).toBe("Echo: hi");
  });
});

describe("the configs of demos/native_run", () => {
  test.each([
    ["config.yaml", { OPENAI_API_KEY: "sk-x" }],
    ["config_passthrough.yaml", {}],
  ] as const)("%s is valid as it is", async (name, environment) => {
    await prepare();
    const result = await runPlanoai(["validate", repositoryFile(`demos/native_run/${name}`)], {
      environment: { HOME: gateway.folder, PATH: process.env.PATH ?? "", ...environment },
      folder: "/",
    });
    expect(result.exitCode, result.output).toBe(0);
  });
});

describe("the configurations that the documents show", () => {
  test.each(["README.md", "docs/configuration.md", "apps/plano/README.md"])(
    "in %s are valid",
    async (path) => {
      await prepare();
      const text = await readFile(repositoryFile(path), "utf8");
      const shown = [...text.matchAll(/```yaml\n(.*?)```/gs)].flatMap((match) => match[1] ?? []);
      const whole = shown.filter((block) => /^version:/m.test(block));
      expect(whole.length).toBeGreaterThan(0);
      for (const block of whole) {
        await writeFile(join(gateway.folder, "shown.yaml"), block);
        const result = await gateway.planoai("validate", "shown.yaml");
        expect(result.exitCode, result.output).toBe(0);
      }
    },
  );
});
