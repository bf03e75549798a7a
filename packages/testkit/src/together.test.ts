import OpenAI from "openai";
import { expect, test } from "vitest";
import { createProvider } from "./index.ts";

test("takes the reasoning of earlier turns back, and has no responses", async () => {
  const provider = await createProvider({ service: "together" });
  const client = new OpenAI({ apiKey: provider.key, baseURL: `${provider.url}/v1`, maxRetries: 0 });
  try {
    const first = await client.chat.completions.create({
      model: "scenario-reasoning",
      messages: [{ role: "user", content: "hi" }],
    });
    const message = first.choices[0]?.message;
    expect(message).toMatchObject({ content: "Echo: hi", reasoning_content: "Let me think it over." });
    if (!message) return;
    const { annotations: _, refusal: __, ...kept } = message;
    const second = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "hi" }, kept, { role: "user", content: "more" }],
    });
    expect(second.choices[0]?.message.content).toBe("Echo: more");
    await expect(client.responses.create({ model: "gpt-4o", input: "hi" })).rejects.toThrow("404");
  } finally {
    await provider.close();
  }
});
