import Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { createProvider, createScript } from "./index.ts";

const tools = [{ name: "read", input_schema: { type: "object" as const, properties: {} } }];

test("plays its steps one by one, to requests that offer tools", async () => {
  const script = createScript([
    { tool: "read", input: { path: "a" } },
    { tool: "write", input: "x" },
  ]);
  const provider = await createProvider({ service: "anthropic", handler: script.handler });
  const client = new Anthropic({ apiKey: provider.key, baseURL: provider.url, maxRetries: 0 });
  const say = async (messages: Anthropic.MessageParam[], offered: typeof tools | undefined = tools) => {
    const reply = await client.messages.create({
      model: "claude-opus-4-8",
      max_tokens: 99,
      messages,
      ...(offered && { tools: offered }),
    });
    return reply.content;
  };
  try {
    const user = { role: "user" as const, content: "go" };
    const first = await say([user]);
    expect(first).toMatchObject([{ type: "tool_use", name: "read", input: { path: "a" } }]);
    const id = first[0]?.type === "tool_use" ? first[0].id : "";
    const result = { type: "tool_result" as const, tool_use_id: id, content: "done" };
    const second = await say([
      user,
      { role: "assistant", content: first },
      { role: "user", content: [result] },
    ]);
    expect(second).toMatchObject([{ text: "No tool write among read" }]);
    expect(script.results).toEqual([["done"]]);
    expect(await say([user])).toMatchObject([{ text: "The script is over." }]);
    expect(script.played).toBe(2);
  } finally {
    await provider.close();
  }
});
