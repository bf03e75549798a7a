import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdkModels } from "../support/ai-sdk-models.ts";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { pairs } from "../support/pairs.ts";
import { pixel, weather } from "../support/questions.ts";

let stage: FullStage;
beforeAll(async () => {
  stage = await setFullStage();
});
afterAll(() => stage?.strike());

const asked: unknown[] = [];
const tools = {
  get_weather: tool({
    description: weather.description,
    inputSchema: jsonSchema<{ city: string }>(weather.parameters),
    execute(input) {
      asked.push(input);
      return "18 °C";
    },
  }),
};

describe.each(pairs)("AI SDK $clientName, $providerId provider", ({ clientName, provider }) => {
  const at = (name: string) => aiSdkModels[clientName](stage.gateway.url, `${provider.id}/${name}`);
  const scenario = (name: string) => at(`${provider.family}scenario-${name}`);
  const once = { maxRetries: 0 };
  // Google's package wraps a result in an object of its own.
  const results =
    clientName === "generate_content" ? /^Tool results: .*18 °C.*; .*18 °C/ : /^Tool results: 18 °C; 18 °C$/;

  test("text", async () => {
    const { text, finishReason, usage } = await generateText({
      ...once,
      model: at(provider.model),
      prompt: "hello there",
    });
    expect({ text, finishReason }).toEqual({ text: "Echo: hello there", finishReason: "stop" });
    expect(usage.outputTokens).toBe(3);
  });

  test("streamed text", async () => {
    const result = streamText({ ...once, model: at(provider.model), prompt: "hello there" });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe("Echo: hello there");
    expect((await result.usage).outputTokens).toBe(3);
  });

  test("a loop of tools", async () => {
    asked.length = 0;
    const { text } = await generateText({
      ...once,
      model: scenario("tool-parallel-2"),
      prompt: "go",
      tools,
      stopWhen: isStepCount(3),
    });
    expect(asked).toMatchObject([{ city: "Zürich" }, { city: "東京" }]);
    expect(text).toMatch(results);
  });

  test("a streamed loop of tools", async () => {
    asked.length = 0;
    const result = streamText({
      ...once,
      model: scenario("tool-parallel-2"),
      prompt: "go",
      tools,
      stopWhen: isStepCount(3),
    });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    expect(asked).toMatchObject([{ city: "Zürich" }, { city: "東京" }]);
    expect(text).toMatch(results);
  });

  test("an object that fits a schema", async () => {
    const schema = jsonSchema<{ word: string }>({
      type: "object",
      properties: { word: { type: "string" } },
      required: ["word"],
      additionalProperties: false,
    });
    const { output } = await generateText({
      ...once,
      model: at(provider.model),
      prompt: "hi",
      output: Output.object({ schema }),
    });
    expect(output).toEqual({ word: "hi" });
  });

  test("an image", async () => {
    const { text } = await generateText({
      ...once,
      model: at(provider.visionModel),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what is this" },
            { type: "image", image: pixel },
          ],
        },
      ],
    });
    expect(text).toBe("Echo: what is this [images: 1]");
  });

  test("an error that the SDK understands", async () => {
    const error = await generateText({ ...once, model: scenario("error-429"), prompt: "x" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true });
  });
});
