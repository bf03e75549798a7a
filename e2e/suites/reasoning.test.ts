import type { Provider } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, ClientName, Question } from "../support/clients/client.ts";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { pairs } from "../support/pairs.ts";
import { weather } from "../support/questions.ts";

let stage: FullStage;
beforeAll(async () => {
  stage = await setFullStage();
});
afterAll(() => stage?.strike());

/** Client APIs whose turns have room for a proof. */
const carriesProofs: ReadonlySet<ClientName> = new Set([
  "chat",
  "messages",
  "responses",
  "generate_content",
  "converse",
]);

/** What a provider's request holds when the proof of its reasoning came back. */
const proofs: Readonly<Record<string, RegExp>> = {
  anthropic: /"type":"thinking"/,
  chatgpt: /"encrypted_content":"/,
  amazon_bedrock: /"reasoningContent":/,
};

describe.each(pairs)("$clientName client, $providerId provider", ({ clientName, provider, client: make }) => {
  let client: Client;
  let standIn: Provider;
  beforeAll(() => {
    client = make({ url: stage.gateway.url });
    standIn = stage.standIns[provider.id];
  });
  const thinking = (name: string) => `${provider.id}/${provider.thinkingFamily}scenario-${name}`;

  describe.each(["ask", "stream"] as const)("%s", (way) => {
    const run = (question: Question) => (way === "ask" ? client.ask(question) : client.stream(question));

    test("reasoning that was asked for is shown, apart from the text", async () => {
      const answer = await run({ model: thinking("reasoning"), text: "hi", think: true });
      expect(answer.reasoning).toBe("Let me think it over.");
      expect(answer.text).toBe("Echo: hi");
    });

    test("a tool turn that was thought over goes on", async () => {
      const question = { model: thinking("tool"), tools: [weather], text: "go", think: true };
      const answer = await run(question);
      expect(answer.toolCalls).toHaveLength(1);
      const next = await run({ ...question, after: { answer, results: ["18 °C"] } });
      expect(next.text).toBe("Tool results: 18 °C");
      const proof = proofs[provider.id];
      if (proof && carriesProofs.has(clientName)) {
        expect(JSON.stringify(standIn.lastRequest().json)).toMatch(proof);
      }
    });

    // Between the same APIs, the request is the client's own.
    test.skipIf(provider.id !== "anthropic" || clientName === "messages")(
      "a model that sets its own budget is asked by effort",
      async () => {
        const model = "anthropic/claude-opus-4-8-scenario-reasoning";
        const answer = await run({ model, text: "hi", think: true });
        expect(answer.reasoning).toBe("Let me think it over.");
        expect(standIn.lastRequest().json).toMatchObject({ thinking: { type: "adaptive" } });
      },
    );

    test.skipIf(provider.id !== "gemini")("a signed call comes back signed", async () => {
      const question = {
        model: "gemini/gemini-3-pro-scenario-tool-parallel-2",
        tools: [weather],
        text: "go",
      };
      const answer = await run(question);
      const next = await run({ ...question, after: { answer, results: ["18 °C", "22 °C"] } });
      expect(next.text).toBe("Tool results: 18 °C; 22 °C");
      const sent = JSON.stringify(standIn.lastRequest().json);
      expect(sent).toContain('"thoughtSignature":"');
      if (carriesProofs.has(clientName)) expect(sent).not.toContain("skip_thought_signature_validator");
    });
  });

  test("a conversation that began with another provider goes on", async () => {
    // Claude's proofs hold wherever Claude runs; these do not.
    const other = ["anthropic", "amazon_bedrock"].includes(provider.id)
      ? "chatgpt/gpt-5-scenario-tool"
      : "anthropic/claude-sonnet-4-5-scenario-tool";
    const question = { tools: [weather], text: "go", think: true };
    const answer = await client.ask({ ...question, model: other });
    const next = await client.ask({
      ...question,
      model: thinking("tool"),
      after: { answer, results: ["18 °C"] },
    });
    expect(next.text).toBe("Tool results: 18 °C");
  });
});
