import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorkplace, type Workplace } from "./workplace.ts";

let workplace: Workplace;
let ackFile: string;
beforeEach(async () => {
  workplace = await createWorkplace();
  ackFile = join(workplace.home, ".plano", "state", "local_agent_ack.json");
});
afterEach(() => workplace.clear());

function writeConfig(providers: string, address = "127.0.0.1"): void {
  const listener = `{name: models, type: model, port: ${workplace.port}, address: ${address}}`;
  workplace.write(
    "config.yaml",
    `version: v0.4.0\nlisteners: [${listener}]\nmodel_providers: [${providers}]\n`,
  );
}

function writeAck(text: string): void {
  mkdirSync(join(ackFile, ".."), { recursive: true });
  writeFileSync(ackFile, text);
}

const one = "{model: claude-cli/*}";
const two = `${one}, {model: mine/opus, name: my opus, provider_interface: claude-cli}`;
const title = "Local-agent provider detected (claude-cli)";

test("one panel names every entry, and the gateway starts", async () => {
  writeConfig(two);
  const { code, stderr } = await workplace.run(["up"]);
  expect(code).toBe(0);
  expect(stderr).toMatchSnapshot();
  expect(stderr.split(title)).toHaveLength(2);
  expect(existsSync(ackFile)).toBe(false);
});

test("what other machines can reach is named", async () => {
  writeConfig(one, "0.0.0.0");
  expect((await workplace.run(["up"])).stderr).toContain(`• models at 0.0.0.0:${workplace.port}`);
});

test("a service needs no warning and no file", async () => {
  writeConfig("{model: anthropic/claude-sonnet-4-5, access_key: $KEY}");
  const { code, stderr } = await workplace.run(["up", "--ack-local-agents"], { KEY: "sk-1" });
  expect([code, stderr]).toEqual([0, ""]);
  expect(existsSync(ackFile)).toBe(false);
});

test.each([undefined, "1", "true", " TRUE ", "yes", "On"])(
  "the flag, or the variable as %j, acknowledges",
  async (value) => {
    writeConfig(two);
    const words = value === undefined ? ["--ack-local-agents"] : [];
    const acknowledged = await workplace.run(["up", ...words], { PLANO_ACK_LOCAL_AGENTS: value });
    expect(acknowledged).toMatchObject({ code: 0, stderr: "" });
    expect(acknowledged.stdout).toContain(
      "Acknowledged on this machine: local-agent providers (claude-cli)\n",
    );
    const text = readFileSync(ackFile, "utf8");
    expect(text).toMatch(/^\{\n {2}"ack_at": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",\n {2}"acknowledged": \[\n/);
    expect(JSON.parse(text)).toMatchObject({ acknowledged: ["claude-cli"] });
    expect(statSync(ackFile).mode & 0o777).toBe(0o600);
    expect((await workplace.run(["up"])).stderr).toBe("");
  },
);

test.each(["", "0", "false", "no", "off", "maybe"])(
  "the variable as %j acknowledges nothing",
  async (value) => {
    writeConfig(one);
    const { stderr } = await workplace.run(["up"], { PLANO_ACK_LOCAL_AGENTS: value });
    expect(stderr).toContain(title);
    expect(existsSync(ackFile)).toBe(false);
  },
);

test("what is acknowledged is added to what was", async () => {
  writeConfig(one);
  writeAck('{"acknowledged": ["other-cli"]}');
  expect((await workplace.run(["up"])).stderr).toContain(title);
  await workplace.run(["up", "--ack-local-agents"]);
  expect(JSON.parse(readFileSync(ackFile, "utf8")).acknowledged).toEqual(["claude-cli", "other-cli"]);
});

test.each(["{", "[]", "null", '{"acknowledged": "claude-cli"}', '{"acknowledged": [1]}'])(
  "a file that holds %s acknowledges nothing, and that is told",
  async (text) => {
    writeConfig(one);
    writeAck(text);
    const { code, stderr } = await workplace.run(["up"]);
    expect(code).toBe(0);
    expect(stderr).toContain(`! ${ackFile} cannot be understood: nothing counts as acknowledged\n`);
    expect(stderr).toContain(title);
    await workplace.run(["up", "--ack-local-agents"]);
    expect((await workplace.run(["up"])).stderr).toBe("");
  },
);

test("a container is refused by name, without a warning", async () => {
  writeConfig(two);
  for (const words of [
    ["up", "--docker", "--ack-local-agents"],
    ["config", "compile", "--docker"],
  ]) {
    const { code, stderr } = await workplace.run(words);
    expect(code).toBe(1);
    expect(stderr).toContain("claude-cli/*, my opus run programs on this machine, which a container cannot");
    expect(stderr).not.toContain(title);
  }
  expect(existsSync(ackFile)).toBe(false);
});
