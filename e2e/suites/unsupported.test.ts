import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FullStage, setFullStage } from "../support/full-stage.ts";

const request = {
  model: "anthropic/claude-sonnet-4-5",
  messages: [{ role: "user" as const, content: "hi" }],
  seed: 7,
  logit_bias: { "50256": -100 },
};

describe.each(["warn", "reject", "drop"] as const)("what a provider has no place for: %s", (policy) => {
  let stage: FullStage;
  let client: OpenAI;
  beforeAll(async () => {
    stage = await setFullStage({ overrides: { on_unsupported: policy } });
    client = new OpenAI({ apiKey: "unused", baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
  });
  afterAll(() => stage?.strike());

  test.each([false, true])("streamed: %s", async (stream) => {
    stage.standIns.anthropic.forget();
    const asked = client.chat.completions.create({ ...request, stream }).withResponse();
    if (policy === "reject") {
      await expect(asked).rejects.toMatchObject({
        status: 400,
        param: expect.stringMatching(/seed|logit_bias/),
      });
      expect(stage.standIns.anthropic.requests).toEqual([]);
      return;
    }
    const { response } = await asked;
    const dropped = response.headers.get("x-plano-dropped");
    if (policy === "drop") expect(dropped).toBeNull();
    else expect(dropped).toMatch(/logit_bias.*seed|seed.*logit_bias/);
    const sent = stage.standIns.anthropic.lastRequest().json;
    expect(sent).not.toHaveProperty("seed");
    expect(sent).not.toHaveProperty("logit_bias");
  });

  test("between the same APIs nothing is touched", async () => {
    const reply = await client.chat.completions.create({ ...request, model: "openai/gpt-4o" }).withResponse();
    expect(reply.response.headers.get("x-plano-dropped")).toBeNull();
    expect(stage.standIns.openai.lastRequest().json).toMatchObject({ seed: 7 });
  });

  test("the log names what was left out, when it warns", async () => {
    const log = await stage.gateway.log();
    if (policy === "warn") expect(log).toContain("logit_bias");
    if (policy === "drop") expect(log).not.toContain("logit_bias");
  });
});

test("what would change the answer is refused whatever the policy", async () => {
  const stage = await setFullStage({ overrides: { on_unsupported: "drop" } });
  try {
    const client = new OpenAI({ apiKey: "unused", baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
    await expect(client.chat.completions.create({ ...request, n: 2 })).rejects.toMatchObject({ status: 400 });
  } finally {
    await stage.strike();
  }
});
