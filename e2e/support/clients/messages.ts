import Anthropic from "@anthropic-ai/sdk";
import { type Answer, type Client, type ClientOptions, type Question, splitDataUri } from "./client.ts";

type Body = Anthropic.MessageCreateParamsNonStreaming;
type MediaType = Anthropic.Base64ImageSource["media_type"];

const stops: Readonly<Record<string, Answer["stop"]>> = {
  end_turn: "end",
  stop_sequence: "end",
  max_tokens: "length",
  tool_use: "tools",
  refusal: "refusal",
};

export function messagesClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  const sdk = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0, defaultHeaders: headers });
  return {
    name: "messages",
    async ask(question) {
      return toAnswer(await sdk.messages.create(toBody(question), { signal: question.signal }));
    },
    async stream(question, onText) {
      const stream = sdk.messages.stream(toBody(question), { signal: question.signal });
      if (onText) stream.on("text", onText);
      return toAnswer(await stream.finalMessage());
    },
    refusal(error) {
      if (!(error instanceof Anthropic.APIError)) throw error;
      const body = error.error as { error?: { message?: string; type?: string } } | undefined;
      return {
        status: error.status,
        type: body?.error?.type,
        message: body?.error?.message ?? error.message,
        retryAfter: error.headers?.get("retry-after"),
      };
    },
  };
}

function toBody(question: Question): Body {
  const turn = question.toolTurn ?? [];
  const images = (question.images ?? []).map((uri) => {
    const { mediaType, data } = splitDataUri(uri);
    return {
      type: "image" as const,
      source: { type: "base64" as const, media_type: mediaType as MediaType, data },
    };
  });
  const toolTurn: Anthropic.MessageParam[] = [
    {
      role: "assistant",
      content: turn.map((call) => ({
        type: "tool_use" as const,
        id: call.id,
        name: call.name,
        input: call.arguments,
      })),
    },
    {
      role: "user",
      content: turn.map((call) => ({
        type: "tool_result" as const,
        tool_use_id: call.id,
        content: call.result,
      })),
    },
  ];
  return {
    model: question.model,
    max_tokens: question.maxTokens ?? 4096,
    ...(question.system !== undefined && { system: question.system }),
    messages: [
      { role: "user", content: [...images, { type: "text", text: question.text }] },
      ...(turn.length > 0 ? toolTurn : []),
      ...nextTurn(question),
    ],
    ...(question.tools && {
      tools: question.tools.map((tool) => ({
        name: tool.name,
        description: tool.description,
        input_schema: { ...tool.parameters },
      })),
    }),
    ...toolChoice(question),
    ...(question.stop && { stop_sequences: [...question.stop] }),
    ...(question.think && { thinking: { type: "enabled" as const, budget_tokens: 2048 } }),
    ...(question.schema && {
      output_config: { format: { type: "json_schema" as const, schema: { ...question.schema } } },
    }),
  };
}

function nextTurn({ after }: Question): Anthropic.MessageParam[] {
  if (!after) return [];
  return [
    { role: "assistant", content: after.answer.native as Anthropic.ContentBlockParam[] },
    {
      role: "user",
      content: after.answer.toolCalls.map((call, index) => ({
        type: "tool_result" as const,
        tool_use_id: call.id,
        content: after.results[index] ?? "",
      })),
    },
  ];
}

function toolChoice(question: Question): Pick<Body, "tool_choice"> {
  if (question.toolChoice === undefined && question.parallelToolCalls === undefined) return {};
  const type = question.toolChoice === "required" ? "any" : "auto";
  const single = question.parallelToolCalls === false && { disable_parallel_tool_use: true };
  return { tool_choice: { type, ...single } };
}

function toAnswer(message: Anthropic.Message): Answer {
  const { usage } = message;
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: message.content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    toolCalls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    stop: stops[message.stop_reason ?? ""] ?? "end",
    usage: {
      input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens,
      cached,
    },
    model: message.model,
    native: message.content,
  };
}
