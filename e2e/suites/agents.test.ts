import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createScript, type Provider, type Script, type ServiceName } from "@plano/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWorkplace, runAgent } from "../support/agents/agent.ts";
import { claudeCode, claudeCodeCommand } from "../support/agents/claude-code.ts";
import { codex, codexCommand } from "../support/agents/codex.ts";
import { openExit } from "../support/agents/exit.ts";
import { chatClient } from "../support/clients/chat.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { isInContainer } from "../support/mode.ts";
import { startProvider } from "../support/provider.ts";

const prompt = "Change the greeting from world to moon.";
/** A model that Codex knows; the gateway sends it elsewhere. */
const codexModel = "gpt-5.5";

let workplace: Awaited<ReturnType<typeof createWorkplace>>;
let provider: Provider;
let gateway: Gateway;

beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(async () => {
  await gateway?.stop();
  await provider?.close();
  await workplace.remove();
});

/** A gateway with one provider that follows a script. */
async function setUp(service: ServiceName, entry: string, target: string, script: Script) {
  provider = await startProvider({ service, handler: script.handler });
  gateway = await startGateway({
    config: {
      model_providers: [{ model: entry, base_url: provider.url, access_key: "$STAND_IN_KEY" }],
      model_aliases: { [codexModel]: { target }, "claude-sonnet-4-5": { target } },
    },
    environment: { STAND_IN_KEY: provider.key },
  });
}

function greeting(): Promise<string> {
  return readFile(join(workplace.folder, "greeting.txt"), "utf8");
}

const before = { "greeting.txt": "hello world\n" };
const patch =
  "*** Begin Patch\n*** Update File: greeting.txt\n@@\n-hello world\n+hello moon\n*** End Patch\n";

describe.skipIf(claudeCode === undefined)("Claude Code", () => {
  test.each([
    ["a provider of chat completions", "together", "together_ai", "gpt-4o"],
    ["a provider of messages", "anthropic", "anthropic", "claude-sonnet-4-5"],
  ] as const)("edits a file with %s", async (_, service, id, model) => {
    const path = join(workplace.folder, "greeting.txt");
    const script = createScript([
      { tool: "Read", input: { file_path: path } },
      { tool: "Edit", input: { file_path: path, old_string: "hello world", new_string: "hello moon" } },
      { text: "The greeting is changed." },
    ]);
    await setUp(service, `${id}/*`, `${id}/${model}`, script);
    const command = claudeCodeCommand(claudeCode ?? "", {
      url: gateway.url,
      model: "claude-sonnet-4-5",
      prompt,
    });
    const run = await runAgent(workplace.folder, { ...command, files: before });
    expect(run, run.output).toMatchObject({ exitCode: 0, egress: [] });
    expect(run.output).toContain("The greeting is changed.");
    expect(await greeting()).toBe("hello moon\n");
    expect(script.played).toBe(3);
    expect(script.results[0]?.[0]).toContain("hello world");
  });
});

describe.skipIf(claudeCode === undefined || isInContainer)("Claude Code as a provider", () => {
  test("answers a client of another API, and edits a file on the way", async () => {
    const path = join(workplace.folder, "greeting.txt");
    await writeFile(path, before["greeting.txt"]);
    const script = createScript([
      { tool: "Read", input: { file_path: path } },
      { tool: "Edit", input: { file_path: path, old_string: "hello world", new_string: "hello moon" } },
      { text: "The greeting is changed." },
    ]);
    provider = await startProvider({ service: "anthropic", handler: script.handler });
    const exit = await openExit();
    const { environment } = claudeCodeCommand(claudeCode ?? "", { url: provider.url, model: "", prompt: "" });
    gateway = await startGateway({
      config: {
        model_providers: [{ model: "claude-cli/*", access_key: "$CLAUDE_KEY" }],
        local_agents: { working_directory: workplace.folder },
      },
      environment: {
        ...environment,
        ...exit.environment,
        CLAUDE_CLI_BIN: claudeCode ?? "",
        CLAUDE_KEY: provider.key,
        // It runs as root, without asking for permission, only where it is told that this is a sandbox.
        IS_SANDBOX: "1",
        PLANO_ACK_LOCAL_AGENTS: "1",
      },
    });
    let seen = "";
    const answer = await chatClient({ url: gateway.url }).stream(
      { model: "claude-cli/claude-sonnet-4-5", system: "You are a careful editor.", text: prompt },
      (piece) => {
        seen += piece;
      },
    );
    exit.close();
    expect(answer).toMatchObject({ text: "The greeting is changed.", stop: "end", toolCalls: [] });
    expect(seen).toBe(answer.text);
    expect(answer.usage.output).toBeGreaterThan(0);
    expect(await greeting()).toBe("hello moon\n");
    expect(script.played).toBe(3);
    expect(JSON.stringify(provider.lastRequest().json)).toContain("You are a careful editor.");
    expect(exit.attempts).toEqual([]);
  });
});

describe.skipIf(codex === undefined)("Codex", () => {
  test.each([
    ["a provider of messages", "anthropic", "anthropic", "claude-sonnet-4-5"],
    ["a provider of chat completions", "together", "together_ai", "gpt-4o"],
    ["a provider of responses", "openai", "openai", "gpt-5"],
  ] as const)("edits a file with %s", async (_, service, id, model) => {
    const script = createScript([
      { tool: "exec_command", input: { cmd: "cat greeting.txt" } },
      // To a provider without freeform tools, the patch is the one argument of a function.
      { tool: "apply_patch", input: id === "openai" ? patch : { input: patch } },
      { text: "The greeting is changed." },
    ]);
    await setUp(service, `${id}/*`, `${id}/${model}`, script);
    const command = codexCommand(codex ?? "", workplace.folder, {
      url: gateway.url,
      model: codexModel,
      prompt,
    });
    const run = await runAgent(workplace.folder, { ...command, files: { ...command.files, ...before } });
    expect(run, run.output).toMatchObject({ exitCode: 0, egress: [] });
    expect(run.output).toContain("The greeting is changed.");
    expect(await greeting()).toBe("hello moon\n");
    expect(script.played).toBe(3);
    expect(script.results[0]?.[0]).toContain("hello world");
  });
});
