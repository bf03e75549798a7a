import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { CohereClientV2 } from "cohere-ai";
import OpenAI from "openai";

/** What a scene has to show. */
export interface Scene {
  readonly title: string;
  /** Plays it. `show` prints text as it comes. Resolves with a line about it. */
  play(show: (text: string) => void): Promise<string>;
}

export interface Cast {
  readonly gatewayUrl: string;
  readonly openaiModel: string;
  readonly anthropicModel: string;
}

const weather = {
  name: "get_weather",
  description: "Weather of a city, now",
  schema: {
    type: "object" as const,
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};
const toolQuestion = 'Use get_weather {"city":"Zürich"} and tell me what it says.';
const greeting = "Say in one short sentence what a gateway is for.";

/** The scenes in order: six client APIs, buffered and streamed, with tools, each to the provider that fits or not. */
export function scenes({ gatewayUrl, openaiModel, anthropicModel }: Cast): Scene[] {
  // The gateway holds the keys; what a client sends here is thrown away.
  const openai = new OpenAI({ apiKey: "not-needed", baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: "not-needed", baseURL: gatewayUrl, maxRetries: 0 });

  return [
    {
      title: `chat completions → OpenAI, buffered (${openaiModel})`,
      async play(show) {
        const reply = await openai.chat.completions.create({
          model: openaiModel,
          messages: [{ role: "user", content: greeting }],
        });
        show(reply.choices[0]?.message.content ?? "");
        return `${reply.usage?.prompt_tokens} tokens in, ${reply.usage?.completion_tokens} out`;
      },
    },
    {
      title: "chat completions → OpenAI, streamed, by the alias “fast”",
      async play(show) {
        const stream = openai.chat.completions.stream({
          model: "fast",
          stream_options: { include_usage: true },
          messages: [{ role: "user", content: greeting }],
        });
        const timing = watchFirst((heard) => stream.on("content", (text) => heard(text, show)));
        const reply = await stream.finalChatCompletion();
        return `${timing()}, ${reply.usage?.completion_tokens} tokens out`;
      },
    },
    {
      title: `messages → Anthropic, streamed (${anthropicModel})`,
      async play(show) {
        const stream = anthropic.messages.stream({
          model: anthropicModel,
          max_tokens: 200,
          messages: [{ role: "user", content: greeting }],
        });
        const timing = watchFirst((heard) => stream.on("text", (text) => heard(text, show)));
        const reply = await stream.finalMessage();
        return `${timing()}, ${reply.usage.output_tokens} tokens out`;
      },
    },
    {
      title: "responses → OpenAI, streamed",
      async play(show) {
        const stream = openai.responses.stream({ model: openaiModel, input: greeting });
        const timing = watchFirst((heard) =>
          stream.on("response.output_text.delta", (event) => heard(event.delta, show)),
        );
        const reply = await stream.finalResponse();
        return `${timing()}, ${reply.usage?.output_tokens} tokens out`;
      },
    },
    {
      title: "a tool, asked for in chat completions → Anthropic (translated)",
      play: (show) => chatToolLoop(openai, anthropicModel, show),
    },
    {
      title: "a tool, asked for in messages → OpenAI (translated), streamed",
      play: (show) => messagesToolLoop(anthropic, openaiModel, show),
    },
    {
      title: "generateContent (Google's SDK) → Anthropic (translated), streamed",
      play: (show) => generateContent(gatewayUrl, anthropicModel, show),
    },
    {
      title: "converse (AWS's SDK) → OpenAI (translated), streamed",
      play: (show) => converse(gatewayUrl, openaiModel, show),
    },
    {
      title: "chat v2 (Cohere's SDK) → Anthropic (translated)",
      play: (show) => cohereChat(gatewayUrl, anthropicModel, show),
    },
    {
      title: "a model that nobody has: refused in the client's own shape",
      async play(show) {
        const error: unknown = await anthropic.messages
          .create({ model: "nonesuch", max_tokens: 10, messages: [{ role: "user", content: "hi" }] })
          .catch((thrown: unknown) => thrown);
        if (!(error instanceof Anthropic.APIError))
          throw new Error("the gateway took a model that nobody has");
        show(JSON.stringify(error.error));
        return `status ${error.status}`;
      },
    },
  ];
}

async function chatToolLoop(client: OpenAI, model: string, show: (text: string) => void): Promise<string> {
  const tools = [
    {
      type: "function" as const,
      function: { name: weather.name, description: weather.description, parameters: weather.schema },
    },
  ];
  const question = { role: "user" as const, content: toolQuestion };
  const first = await client.chat.completions.create({ model, tools, messages: [question] });
  const turn = first.choices[0]?.message;
  const calls = (turn?.tool_calls ?? []).filter((call) => call.type === "function");
  if (!turn || calls.length === 0) throw new Error("the model called no tool");
  for (const call of calls) show(`→ ${call.function.name}(${call.function.arguments})\n`);
  const second = await client.chat.completions.create({
    model,
    tools,
    messages: [
      question,
      turn,
      ...calls.map((call) => ({ role: "tool" as const, tool_call_id: call.id, content: "18 °C, clear sky" })),
    ],
  });
  show(second.choices[0]?.message.content ?? "");
  return `${calls.length} call, 2 requests`;
}

async function messagesToolLoop(
  client: Anthropic,
  model: string,
  show: (text: string) => void,
): Promise<string> {
  const tools = [{ name: weather.name, description: weather.description, input_schema: weather.schema }];
  const question = { role: "user" as const, content: toolQuestion };
  const first = await client.messages
    .stream({ model, max_tokens: 500, tools, messages: [question] })
    .finalMessage();
  const calls = first.content.filter((block) => block.type === "tool_use");
  if (calls.length === 0) throw new Error("the model called no tool");
  for (const call of calls) show(`→ ${call.name}(${JSON.stringify(call.input)})\n`);
  const second = client.messages.stream({
    model,
    max_tokens: 500,
    tools,
    messages: [
      question,
      { role: "assistant", content: first.content },
      {
        role: "user",
        content: calls.map((call) => ({
          type: "tool_result" as const,
          tool_use_id: call.id,
          content: "18 °C, clear sky",
        })),
      },
    ],
  });
  second.on("text", show);
  await second.finalMessage();
  return `${calls.length} call, 2 requests`;
}

async function generateContent(url: string, model: string, show: (text: string) => void): Promise<string> {
  const google = new GoogleGenAI({ apiKey: "not-needed", httpOptions: { baseUrl: url } });
  const stream = await google.models.generateContentStream({ model, contents: greeting });
  let tokens: number | undefined;
  for await (const chunk of stream) {
    show(chunk.text ?? "");
    tokens = chunk.usageMetadata?.candidatesTokenCount ?? tokens;
  }
  return `${tokens} tokens out`;
}

async function converse(url: string, model: string, show: (text: string) => void): Promise<string> {
  const aws = new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    token: { token: "not-needed" },
    authSchemePreference: ["httpBearerAuth"],
  });
  const messages = [{ role: "user" as const, content: [{ text: greeting }] }];
  const { stream } = await aws.send(new ConverseStreamCommand({ modelId: model, messages }));
  let tokens: number | undefined;
  for await (const event of stream ?? []) {
    show(event.contentBlockDelta?.delta?.text ?? "");
    tokens = event.metadata?.usage?.outputTokens ?? tokens;
  }
  aws.destroy();
  return `${tokens} tokens out`;
}

async function cohereChat(url: string, model: string, show: (text: string) => void): Promise<string> {
  const cohere = new CohereClientV2({ environment: url, token: "not-needed" });
  const reply = await cohere.chat({ model, messages: [{ role: "user", content: greeting }] });
  for (const part of reply.message?.content ?? []) if (part.type === "text") show(part.text);
  return `${reply.usage?.tokens?.outputTokens} tokens out`;
}

/** Measures the time to the first piece of text that is heard. */
function watchFirst(
  listen: (heard: (text: string, show: (text: string) => void) => void) => unknown,
): () => string {
  const start = performance.now();
  let first: number | undefined;
  listen((text, show) => {
    first ??= performance.now() - start;
    show(text);
  });
  return () => (first === undefined ? "no text" : `first text after ${first.toFixed(0)} ms`);
}
