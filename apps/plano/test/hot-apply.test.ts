import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Submission } from "../src/gateway/candidate.ts";
import type { Outcome } from "../src/gateway/control.ts";
import { configFor, createWorkplace, type Workplace } from "./workplace.ts";

let workplace: Workplace;
let server: Server | undefined;
beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(async () => {
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  server = undefined;
  await workplace.clear();
});

const keys = { OPENAI_API_KEY: "sk-secret" };
const runFile = (name: string) => join(workplace.home, ".plano", "run", name);
const recordedPid = (): number => JSON.parse(readFileSync(runFile("plano.pid"), "utf8")).brightstaff_pid;

/** Answers at the control socket in place of the data plane; resolves to what is handed in. */
async function answerWith(outcome: Outcome, place = runFile("control.sock")): Promise<Submission[]> {
  const received: Submission[] = [];
  rmSync(place, { force: true });
  const listening = createServer({ allowHalfOpen: true }, (socket) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => (text += part));
    socket.on("end", () => {
      received.push(JSON.parse(text));
      socket.end(JSON.stringify(outcome));
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(place, resolve));
  return received;
}

const applied: Outcome = {
  outcome: "applied",
  version: 2,
  applied_at_ms: Date.now(),
  changes: ["alias 'fast' added"],
};

describe("compile", () => {
  test("prints what is served, with the variables of .env that it needs", async () => {
    const path = workplace.write("config.yaml", configFor(workplace));
    workplace.write(".env", "OPENAI_API_KEY=sk-file\nOTHER=x\n");
    const words = ["compile", path, "--env-folder", workplace.folder];
    const { code, stdout } = await workplace.run(words, { OTHER: "y" });
    expect(code).toBe(0);
    const { candidate } = JSON.parse(stdout);
    expect(candidate).toMatchObject({
      file_variables: { OPENAI_API_KEY: "sk-file" },
      environment: {},
      description: { listeners: [{ name: "models", port: workplace.port }] },
    });
    expect(candidate.rendered).toContain("access_key: $OPENAI_API_KEY");
  });

  test("prints what is wrong with a file that cannot be read, whatever the system says of it", async () => {
    const path = join(workplace.folder, "config.yaml");
    symlinkSync("config.yaml", path);
    const words = ["compile", path, "--env-folder", workplace.folder];
    const { code, stdout } = await workplace.run(words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ problems: `cannot read ${path}: its links lead in a circle` });
    rmSync(path);
    symlinkSync("/unmounted/config.yaml", path);
    const gone = `cannot read ${path}: it is a link to /unmounted/config.yaml, which is not there`;
    expect(JSON.parse((await workplace.run(words)).stdout)).toEqual({ problems: gone });
  });

  test("prints with Envoy in front also what Envoy is given, by the variables of standard input", async () => {
    const provider = "{model: openai/*, base_url: $PROVIDER_URL, access_key: $OPENAI_API_KEY}";
    const path = workplace.write(
      "config.yaml",
      `version: v0.4.0\nlisteners: [{name: models, type: model, port: ${workplace.port}}]\nmodel_providers: [${provider}]\n`,
    );
    const at = (port: number) => ({ address: "127.0.0.1", port });
    const deployment = {
      filters: { llmGateway: "/filters/llm.wasm", promptGateway: "/filters/prompt.wasm" },
      brightstaff: at(1),
      admin: at(2),
      discoveryFolder: "/discovery",
      logFolder: "/logs",
      caFile: "/ca.pem",
    };
    const environment = { ...keys, PROVIDER_URL: "https://models.example:8443/x", OTHER_KEY: "sk-other" };
    const words = ["compile", path, "--env-folder", workplace.folder, "--native"];
    const input = JSON.stringify({ deployment, environment });
    const { code, stdout } = await workplace.run(words, {}, input);
    expect(code).toBe(0);
    const { candidate } = JSON.parse(stdout);
    expect(candidate.compiler).toMatchObject({ deployment, command: expect.arrayContaining(["--native"]) });
    const [config, envoy] = candidate.rendered.split("\n---\n");
    expect(config).toContain("base_url: $PROVIDER_URL");
    expect(parse(envoy)).toMatchObject({
      clusters: [{ name: "https://models.example:8443" }, { name: "bright_staff" }],
      listeners: [{ name: `127.0.0.1:${workplace.port}` }],
    });
    expect(candidate.rendered).not.toContain("sk-");
    expect(stdout).not.toContain("sk-other");
    const taken = { ...deployment, brightstaff: at(workplace.port) };
    const refused = await workplace.run(words, {}, JSON.stringify({ deployment: taken, environment }));
    expect(JSON.parse(refused.stdout).problems).toContain(
      `port ${workplace.port} (listener models) is where`,
    );
    const broken = await workplace.run(words, {}, "sk-not-json");
    expect(broken).toMatchObject({ code: 2, stdout: "" });
    expect(broken.stderr).not.toContain("sk-");
  });

  test("prints what is wrong", async () => {
    const path = workplace.write("config.yaml", "version: v0.4.0\nmodel_provider: []\n");
    const { code, stdout } = await workplace.run(["compile", path, "--env-folder", workplace.folder]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).problems).toContain("did you mean: model_providers");
  });
});

describe("up on a running gateway", () => {
  test("hands the configuration over with its environment and how to compile it", async () => {
    workplace.write("config.yaml", configFor(workplace));
    await workplace.run(["up"], keys);
    const pid = recordedPid();
    const received = await answerWith(applied);
    const other = workplace.write("other.yaml", configFor(workplace, ["main", "second"]));
    const up = await workplace.run(["up", "other.yaml"], { ...keys, LATER_KEY: "sk-later" });
    expect(up).toMatchObject({ code: 0, stderr: "" });
    expect(up.stdout).toContain("alias 'fast' added");
    expect(recordedPid()).toBe(pid);
    expect(received).toMatchObject([
      {
        candidate: {
          environment: { OPENAI_API_KEY: "sk-secret", LATER_KEY: "sk-later" },
          compiler: {
            folder: workplace.folder,
            environment: { METRICS_BIND_ADDRESS: `127.0.0.1:${workplace.metricsPort}` },
            watch: [
              { path: other, stamp: expect.stringMatching(/^\d+:\d+:\d+:\d+$/) },
              { path: join(workplace.folder, ".env"), stamp: null },
            ],
          },
        },
      },
    ]);
    const status = await workplace.run(["status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ config_path: other, pid });
    expect(readFileSync(runFile("plano.pid"), "utf8")).not.toContain("sk-");
  });

  test.each([
    ["the change needs it", keys, ["up"], "it moves: this needs a restart"],
    [
      "the log level is another",
      { ...keys, LOG_LEVEL: "debug" },
      ["up"],
      "the environment differs in RUST_LOG",
    ],
    ["it is asked to", keys, ["up", "--restart"], undefined],
  ])("replaces it when %s", async (_, environment, words, reason) => {
    workplace.write("config.yaml", configFor(workplace));
    await workplace.run(["up"], keys);
    const pid = recordedPid();
    await answerWith({ outcome: "refused", reason: "it moves: this needs a restart", needs_restart: true });
    const up = await workplace.run(words, environment);
    expect(up.code).toBe(0);
    if (reason !== undefined) expect(up.stdout).toContain(`The gateway that runs is replaced: ${reason}`);
    expect(recordedPid()).not.toBe(pid);
  });

  test("leaves it alone when the configuration is refused", async () => {
    workplace.write("config.yaml", configFor(workplace));
    await workplace.run(["up"], keys);
    const pid = recordedPid();
    await answerWith({ outcome: "refused", reason: "no such thing", needs_restart: false });
    const up = await workplace.run(["up"], keys);
    expect(up.code).toBe(1);
    expect(up.stderr).toContain("the configuration in force stays: no such thing");
    expect(recordedPid()).toBe(pid);
  });
});

describe("reload", () => {
  test("hands over the variables that are referred to, and no others", async () => {
    workplace.write("config.yaml", configFor(workplace));
    await workplace.run(["up"], keys);
    const received = await answerWith({ ...applied, outcome: "unchanged" });
    const reload = await workplace.run(["reload"], { OPENAI_API_KEY: "sk-new", OTHER: "x" });
    expect(reload).toMatchObject({ code: 0, stderr: "" });
    expect(reload.stdout).toContain("Nothing to change: version 2 is in force");
    const [submission] = received;
    expect(submission).toMatchObject({ candidate: { environment: { OPENAI_API_KEY: "sk-new" } } });
    expect(JSON.stringify(submission)).not.toContain("OTHER");
  });

  test("reaches the gateway of a home whose path is too long for a socket", async () => {
    const home = join(workplace.home, "x".repeat(120));
    mkdirSync(home);
    const environment = { ...keys, HOME: home, TMPDIR: workplace.folder };
    workplace.write("config.yaml", configFor(workplace));
    expect((await workplace.run(["up"], environment)).code).toBe(0);
    try {
      const record = JSON.parse(readFileSync(join(home, ".plano/run/plano.pid"), "utf8"));
      expect(record.control).toContain(join(workplace.folder, "planoai-"));
      await answerWith(applied, record.control);
      expect((await workplace.run(["reload"], environment)).stdout).toContain("alias 'fast' added");
      // Another shell may have another temporary folder.
      const elsewhere = { ...environment, TMPDIR: workplace.home };
      expect((await workplace.run(["up"], elsewhere)).stdout).toContain("running already");
      expect((await workplace.run(["reload"], elsewhere)).stdout).toContain("alias 'fast' added");
    } finally {
      await workplace.run(["down"], environment);
    }
  });

  test("says when none runs, and when the one that runs does not answer", async () => {
    expect(await workplace.run(["reload"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no gateway is running"),
    });
    workplace.write("config.yaml", configFor(workplace));
    await workplace.run(["up"], keys);
    expect(await workplace.run(["reload"], keys)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`does not answer at its socket, ${runFile("control.sock")}`),
    });
  });
});
