import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createProvider, createScript, type Provider, type Script, type ServiceName } from "@plano/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWorkplace, runAgent } from "../support/agents/agent.ts";
import { claudeCode, claudeCodeCommand } from "../support/agents/claude-code.ts";
import { codex, codexCommand } from "../support/agents/codex.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";

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
  provider = await createProvider({ service, handler: script.handler });
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
