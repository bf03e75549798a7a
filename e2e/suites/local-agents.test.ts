import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ClaudeStandIn, createClaudeStandIn } from "../support/agents/claude-cli.ts";
import { chatClient } from "../support/clients/chat.ts";
import { messagesClient } from "../support/clients/messages.ts";
import { afterChange } from "../support/config-state.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { isInContainer } from "../support/mode.ts";
import { pairs } from "../support/pairs.ts";
import { isAlive } from "../support/processes.ts";
import { pixel, weather } from "../support/questions.ts";

const key = "sk-own-key-of-the-agent";
const gatewayKey = "sk-key-of-the-gateway";

async function start(
  standIn: ClaudeStandIn,
  localAgents: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string>> = {},
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Gateway> {
  return startGateway({
    config: {
      model_providers: [
        { model: "claude-cli/*", access_key: "$CLAUDE_KEY" },
        { model: "mine/named", name: "named", provider_interface: "claude-cli" },
        { model: "openai/gpt-4o", access_key: "$OPENAI_API_KEY" },
      ],
      local_agents: localAgents,
      overrides,
    },
    environment: {
      ...standIn.environment,
      CLAUDE_KEY: key,
      OPENAI_API_KEY: gatewayKey,
      PLANO_ACK_LOCAL_AGENTS: "1",
      ...environment,
    },
  });
}

/** Whether a process is there and has not ended; one that nobody has taken in yet has. */
async function runsStill(pid: number | undefined): Promise<boolean> {
  if (pid === undefined || !isAlive(pid)) return false;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

let standIn: ClaudeStandIn;
let gateway: Gateway;

async function lastRun() {
  const run = (await standIn.runs()).at(-1);
  if (run === undefined) throw new Error("nothing was run");
  return run;
}

/** A call as its client leaves it in the middle. */
async function leave(model: string): Promise<void> {
  const leaving = new AbortController();
  const stream = messagesClient({ url: gateway.url }).stream(
    { model, text: "hi", signal: leaving.signal },
    () => leaving.abort(),
  );
  await expect(stream).rejects.toThrow();
}

describe.skipIf(isInContainer)("with the usual limits", () => {
  beforeAll(async () => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, {}, { CLAUDECODE: "1", MY_TOKEN: "my-own-token" });
  });
  afterAll(async () => {
    await gateway?.stop();
    await standIn.remove();
  });

  describe.each(pairs.filter(({ providerId }) => providerId === "openai"))(
    "$clientName client",
    ({ client: make, clientName }) => {
      test.each(["ask", "stream"] as const)("%s", async (way) => {
        const client = make({ url: gateway.url });
        const answer = await client[way]({ model: "claude-cli/works", system: "Be brief.", text: "look" });
        expect(answer.text.replaceAll("\n", "")).toBe("Let me look. There is a.txt.");
        expect(answer).toMatchObject({ stop: "end", toolCalls: [], usage: { output: 12 } });
        expect(answer.usage.input).toBeGreaterThanOrEqual(20);
        expect(await lastRun()).toMatchObject({ system: "Be brief.", prompt: "look" });
      });

      test.each(["ask", "stream"] as const)("an error, %s", async (way) => {
        const client = make({ url: gateway.url });
        const run = client[way]({ model: "claude-cli/logged-out", text: "hi" });
        const refusal = client.refusal(await run.catch((thrown: unknown) => thrown));
        expect(refusal.status).toBe(clientName === "converse" ? 403 : 401);
        expect(refusal.message).toContain("claude-cli/*: Not logged in");
      });
    },
  );

  test("the prompt is nowhere but on standard input", async () => {
    await chatClient({ url: gateway.url }).ask({ model: "claude-cli/opus[1m]", text: "a secret question" });
    const run = await lastRun();
    expect(run.arguments).toEqual(
      [
        "-p --output-format stream-json --input-format stream-json --include-partial-messages --verbose",
        "--no-session-persistence --permission-mode bypassPermissions --model opus[1m]",
      ]
        .join(" ")
        .split(" "),
    );
    expect(JSON.stringify(run.variables)).not.toContain("secret question");
  });

  test("it gets the operator's environment, its own key, and none of the gateway's", async () => {
    await chatClient({ url: gateway.url }).ask({ model: "claude-cli/x", text: "hi" });
    const { variables, folder } = await lastRun();
    expect(variables).toMatchObject({
      HOME: gateway.folder,
      MY_TOKEN: "my-own-token",
      ANTHROPIC_API_KEY: key,
    });
    for (const name of ["OPENAI_API_KEY", "CLAUDE_KEY", "CLAUDECODE"])
      expect(variables).not.toHaveProperty(name);
    expect(folder).toBe(await realpath(gateway.folder));
  });

  test("an entry of any name without a key leaves the login to the program", async () => {
    await chatClient({ url: gateway.url }).ask({ model: "named", text: "hi" });
    const run = await lastRun();
    expect(run.arguments.at(-1)).toBe("named");
    expect(run.variables).not.toHaveProperty("ANTHROPIC_API_KEY");
  });

  test("a conversation and its images are told in one message", async () => {
    const body = {
      model: "claude-cli/x",
      max_tokens: 100,
      messages: [
        { role: "user", content: "first" },
        { role: "assistant", content: "second" },
        {
          role: "user",
          content: [
            { type: "text", text: "what is this?" },
            {
              type: "image",
              source: { type: "base64", media_type: "image/png", data: pixel.split(",")[1] },
            },
          ],
        },
      ],
    };
    const reply = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(await reply.json()).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: expect.stringContaining("Echo: This is the conversation so far.") }],
      stop_reason: "end_turn",
      usage: { input_tokens: 10, output_tokens: 3 },
    });
    expect((await lastRun()).prompt).toMatch(/User: first\s+Assistant: second.*what is this\?\[image\]$/s);
  });

  test("what it has no place for is named", async () => {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-cli/x",
        temperature: 0.2,
        tools: [{ type: "function", function: weather }],
        messages: [{ role: "user", content: "hi" }],
      }),
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-plano-dropped")).toBe("temperature, tools");
  });

  test.each([
    ["crashes", /it ended with exit status: 3 before its answer was complete: panic: bad key \*\*\*/],
    ["babbles", /it printed a line that is not of its protocol/],
  ])("a program that %s is told, without keys", async (model, message) => {
    for (const client of [chatClient({ url: gateway.url }), messagesClient({ url: gateway.url })]) {
      const thrown = await client
        .ask({ model: `claude-cli/${model}`, text: "hi" })
        .catch((error: unknown) => error);
      const refusal = client.refusal(thrown);
      expect(refusal.status).toBe(502);
      expect(refusal.message).toMatch(message);
    }
    expect(await gateway.log()).not.toContain(key);
  });

  test("a program that crashes in the middle of an answer ends it with an error", async () => {
    const client = messagesClient({ url: gateway.url });
    let seen = "";
    const stream = client.stream({ model: "claude-cli/crashes-midway", text: "hi" }, (piece) => {
      seen += piece;
    });
    await expect(stream).rejects.toThrow(/exit status: 4.*out of memory/);
    expect(seen).toBe("So far");
  });

  test("one that crashes is told at once, though what it has started holds its output", async () => {
    const client = messagesClient({ url: gateway.url });
    const ask = client.ask({ model: "claude-cli/crashes-with-heir", text: "hi" });
    await expect(ask).rejects.toThrow(/exit status: 3.*panic: bad key/);
    const stream = client.stream({ model: "claude-cli/crashes-midway-with-heir", text: "hi" }, () => {});
    await expect(stream).rejects.toThrow(/exit status: 4.*out of memory/);
    const { helper } = await lastRun();
    await expect.poll(() => runsStill(helper), { timeout: 10_000 }).toBe(false);
  });

  test("a name that could be an option is refused", async () => {
    const client = chatClient({ url: gateway.url });
    const ask = client.ask({ model: "claude-cli/--help", text: "hi" });
    const refusal = client.refusal(await ask.catch((thrown: unknown) => thrown));
    expect(refusal.status).toBe(400);
  });

  test.each(["stalls-with-helper", "stubborn-stalls-with-helper"])(
    "when the client leaves, %s and what it has started go",
    async (model) => {
      await leave(`claude-cli/${model}`);
      const run = await lastRun();
      expect(run.helper).toBeGreaterThan(0);
      await expect.poll(() => runsStill(run.pid), { timeout: 10_000 }).toBe(false);
      await expect.poll(() => runsStill(run.helper), { timeout: 10_000 }).toBe(false);
    },
  );

  test("what a program leaves behind goes with it", async () => {
    await chatClient({ url: gateway.url }).ask({ model: "claude-cli/echo-with-helper", text: "hi" });
    const run = await lastRun();
    await expect.poll(() => runsStill(run.helper), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => isAlive(run.pid), { timeout: 10_000 }).toBe(false);
  });

  test("its tokens are counted", async () => {
    const text = await (await fetch(gateway.metricsUrl)).text();
    expect(text).toMatch(/plano_tokens_total\{provider="claude-cli\/\*",type="output"\} [1-9]/);
  });
});

describe.skipIf(isInContainer)("with limits of its own", () => {
  afterEach(async () => {
    await gateway?.stop();
    await standIn.remove();
  });

  test("who comes too many is told when to come again", async () => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, { max_concurrent: 1, max_waiting: 1 });
    const ask = () =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "claude-cli/waits", messages: [{ role: "user", content: "hi" }] }),
      });
    const first = ask();
    await expect.poll(async () => (await standIn.runs()).length, { timeout: 10_000 }).toBe(1);
    // One of these waits, the other is refused at once.
    const others = [ask(), ask()];
    const refused = await Promise.race(others);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { type: expect.stringContaining("rate_limit") } });
    expect(await standIn.runs()).toHaveLength(1);
    await standIn.openGate();
    expect((await first).status).toBe(200);
    expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([200, 429]);
  });

  test.each([
    ["first_event_timeout", "silent", 504, /did not begin to answer within 1 s/],
    ["idle_timeout", "stalls", 504, /said nothing for 1 s/],
    ["total_timeout", "stalls", 504, /longer than 1 s/],
  ])("%s ends the run", async (name, model, status, message) => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, { [name]: "1s" });
    const client = chatClient({ url: gateway.url });
    const ask = client.ask({ model: `claude-cli/${model}`, text: "hi" });
    const refusal = client.refusal(await ask.catch((thrown: unknown) => thrown));
    expect(refusal).toMatchObject({ status, message: expect.stringMatching(message) });
    const run = await lastRun();
    await expect.poll(() => runsStill(run.pid), { timeout: 10_000 }).toBe(false);
  });

  test("a program that is not there is named", async () => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, {}, { CLAUDE_CLI_BIN: "/nowhere/claude" });
    const client = messagesClient({ url: gateway.url });
    const ask = client.ask({ model: "claude-cli/x", text: "hi" });
    const refusal = client.refusal(await ask.catch((thrown: unknown) => thrown));
    expect(refusal.status).toBe(502);
    expect(refusal.message).toContain("there is no program '/nowhere/claude': install Claude Code");
  });

  test("a changed configuration may bring them and change their limits, while one runs", async () => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, { permission_mode: "plan" });
    const path = join(gateway.folder, "config.yaml");
    const text = await readFile(path, "utf8");
    const without = JSON.parse(text) as { model_providers: unknown[]; local_agents: object };
    without.model_providers.splice(0, 2);
    await afterChange(gateway, () => writeFile(path, JSON.stringify(without)));
    const client = chatClient({ url: gateway.url });
    await expect(client.ask({ model: "claude-cli/x", text: "hi" })).rejects.toThrow(/not found/);
    await afterChange(gateway, () => writeFile(path, text));
    const waiting = client.ask({ model: "claude-cli/waits", text: "hi" });
    await expect.poll(async () => (await standIn.runs()).length, { timeout: 10_000 }).toBe(1);
    expect((await lastRun()).arguments).toContain("plan");
    await afterChange(gateway, () => writeFile(path, text.replace('"plan"', '"acceptEdits"')));
    await client.ask({ model: "claude-cli/x", text: "hi" });
    expect((await lastRun()).arguments).toContain("acceptEdits");
    await standIn.openGate();
    expect((await waiting).text).toBe("Done.");
  });

  test("when the gateway stops, no program stays", async () => {
    standIn = await createClaudeStandIn();
    gateway = await start(standIn, {}, {}, { drain_timeout: "1s" });
    const open = fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-cli/stubborn-stalls-with-helper",
        max_tokens: 10,
        stream: true,
        messages: [{ role: "user", content: "hi" }],
      }),
    });
    await (await open).body?.getReader().read();
    const run = await lastRun();
    process.kill(await gateway.pid(), "SIGTERM");
    await expect.poll(() => runsStill(run.pid), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => runsStill(run.helper), { timeout: 10_000 }).toBe(false);
  });
});
