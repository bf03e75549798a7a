import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { providerCases } from "../support/provider-cases.ts";

type Tool = OpenAI.Responses.Tool;
type Item = OpenAI.Responses.ResponseInputItem;

let stage: FullStage;
let client: OpenAI;
beforeAll(async () => {
  stage = await setFullStage();
  client = new OpenAI({ apiKey: "unused", baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
});
afterAll(() => stage?.strike());

const patch: Tool = {
  type: "custom",
  name: "apply_patch",
  description: "Edits files",
  format: { type: "grammar", syntax: "lark", definition: 'start: "*** Begin Patch"' },
};
const find = (description: string): OpenAI.Responses.FunctionTool => ({
  type: "function",
  name: "find",
  description,
  parameters: { type: "object", properties: { query: { type: "string" } } },
  strict: false,
});
const namespaces: Tool[] = [
  { type: "namespace", name: "files", description: "Files", tools: [find("a file")] },
  { type: "namespace", name: "mail", description: "Letters", tools: [find("a letter")] },
  {
    type: "namespace",
    name: "clock",
    description: "Time",
    tools: [{ ...find("the time"), name: "tell_time" }],
  },
];

const foreign = providerCases.filter(({ apis }) => !apis.includes("responses"));

describe.each(foreign)("$id, which knows functions only", ({ id, model }) => {
  const run = async (
    body: Omit<OpenAI.Responses.ResponseCreateParams, "model" | "stream">,
    streamed: boolean,
  ) => {
    const whole = { ...body, model: `${id}/${model}` };
    return streamed
      ? await client.responses.stream(whole).finalResponse()
      : await client.responses.create(whole);
  };

  describe.each([false, true])("streamed: %s", (streamed) => {
    test("a freeform tool takes text, and its output finds the call", async () => {
      const question: Item = { role: "user", content: 'apply_patch {"input":"*** Begin Patch\\nä"}' };
      const first = await run({ input: [question], tools: [patch] }, streamed);
      expect(first.output.filter((item) => item.type !== "reasoning")).toMatchObject([
        { type: "custom_tool_call", name: "apply_patch", input: "*** Begin Patch\nä" },
      ]);
      const [call] = first.output.flatMap((item) => (item.type === "custom_tool_call" ? [item] : []));
      if (!call) throw new Error("no call");
      const output: Item = { type: "custom_tool_call_output", call_id: call.call_id, output: "patched" };
      const second = await run({ input: [question, call, output], tools: [patch] }, streamed);
      expect(second.output_text).toBe("Tool results: patched");
    });

    test("tools of namespaces keep both names", async () => {
      const text = 'files__find {"query":"a"} mail__find {"query":"b"} tell_time {}';
      const question: Item = { role: "user", content: text };
      const first = await run({ input: [question], tools: namespaces }, streamed);
      const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
      expect(calls).toMatchObject([
        { name: "find", namespace: "files", arguments: '{"query":"a"}' },
        { name: "find", namespace: "mail", arguments: '{"query":"b"}' },
        { name: "tell_time", namespace: "clock" },
      ]);
      const outputs = calls.map(
        (call, index): Item => ({
          type: "function_call_output",
          call_id: call.call_id,
          output: `result ${index}`,
        }),
      );
      const history = calls.map(
        ({ call_id, name, namespace, arguments: written }): Item => ({
          type: "function_call",
          call_id,
          name,
          arguments: written,
          ...(namespace !== undefined && { namespace }),
        }),
      );
      const second = await run({ input: [question, ...history, ...outputs], tools: namespaces }, streamed);
      expect(second.output_text).toBe("Tool results: result 0; result 1; result 2");
    });
  });

  test("a tool that the provider has not is named in a header, not refused", async () => {
    const { data, response } = await client.responses
      .create({ model: `${id}/${model}`, input: "hi", tools: [{ type: "web_search" }] })
      .withResponse();
    expect(data.output_text).toBe("Echo: hi");
    const search = response.headers.get("x-plano-dropped") ?? "";
    // Anthropic and Google have a search of their own.
    if (id !== "anthropic" && id !== "gemini") expect(search).toContain("web_search");
  });

  test("numbers its events from nought, without a gap, and closes what it opened", async () => {
    const stream = await client.responses.create({
      model: `${id}/${model}`,
      input: 'tell_time {} files__find {"query":"a"}',
      tools: namespaces,
      stream: true,
    });
    const open = new Set<number>();
    let next = 0;
    for await (const event of stream) {
      expect(event.sequence_number).toBe(next);
      next += 1;
      if (event.type === "response.output_item.added") {
        expect(open.has(event.output_index)).toBe(false);
        open.add(event.output_index);
      }
      if (event.type === "response.output_item.done") expect(open.delete(event.output_index)).toBe(true);
      if (event.type === "response.completed") {
        expect(event.response.output.filter((item) => item.type === "function_call")).toHaveLength(2);
      }
    }
    expect(open.size).toBe(0);
    expect(next).toBeGreaterThan(8);
  });
});
