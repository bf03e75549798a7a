import OpenAI from "openai";
import type { Answer, Client, ClientOptions, Question, Refusal } from "./client.ts";

type Body = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Completion = OpenAI.Chat.ChatCompletion;

const stops: Readonly<Record<string, Answer["stop"]>> = {
  stop: "end",
  length: "length",
  tool_calls: "tools",
  content_filter: "refusal",
};

export function chatClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, defaultHeaders: headers });
  return {
    name: "chat",
    async ask(question) {
      return toAnswer(await sdk.chat.completions.create(toBody(question), { signal: question.signal }));
    },
    async stream(question, onText) {
      const stream = sdk.chat.completions.stream(
        { ...toBody(question), stream: true, stream_options: { include_usage: true } },
        { signal: question.signal },
      );
      if (onText) stream.on("content", onText);
      return toAnswer(await stream.finalChatCompletion());
    },
    refusal: openaiRefusal,
  };
}

/** Reads an error of the OpenAI SDK. */
export function openaiRefusal(error: unknown): Refusal {
  if (!(error instanceof OpenAI.APIError)) throw error;
  const body = error.error as { message?: string; type?: string } | undefined;
  return {
    status: error.status,
    type: body?.type,
    message: body?.message ?? error.message,
    retryAfter: error.headers?.get("retry-after"),
  };
}

function toBody(question: Question): Body {
  const content: OpenAI.Chat.ChatCompletionContentPart[] = [
    { type: "text", text: question.text },
    ...(question.images ?? []).map((url) => ({ type: "image_url" as const, image_url: { url } })),
  ];
  const turn = question.toolTurn ?? [];
  return {
    model: question.model,
    messages: [
      ...(question.system === undefined ? [] : [{ role: "system" as const, content: question.system }]),
      { role: "user", content: question.images ? content : question.text },
      ...(turn.length === 0
        ? []
        : [
            {
              role: "assistant" as const,
              tool_calls: turn.map((call) => ({
                id: call.id,
                type: "function" as const,
                function: { name: call.name, arguments: JSON.stringify(call.arguments) },
              })),
            },
          ]),
      ...turn.map((call) => ({ role: "tool" as const, tool_call_id: call.id, content: call.result })),
    ],
    ...(question.tools && {
      tools: question.tools.map((tool) => ({
        type: "function" as const,
        function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
      })),
    }),
    ...(question.toolChoice && { tool_choice: question.toolChoice }),
    ...(question.parallelToolCalls !== undefined && { parallel_tool_calls: question.parallelToolCalls }),
    ...(question.maxTokens !== undefined && { max_tokens: question.maxTokens }),
    ...(question.stop && { stop: [...question.stop] }),
  };
}

function toAnswer(completion: Completion): Answer {
  const choice = completion.choices[0];
  if (!choice) throw new Error("a completion without choices");
  return {
    text: choice.message.content ?? "",
    toolCalls: (choice.message.tool_calls ?? []).flatMap((call) =>
      call.type === "function"
        ? [
            {
              id: call.id,
              name: call.function.name,
              arguments: JSON.parse(call.function.arguments) as unknown,
            },
          ]
        : [],
    ),
    stop: stops[choice.finish_reason] ?? "end",
    usage: {
      input: completion.usage?.prompt_tokens ?? -1,
      output: completion.usage?.completion_tokens ?? -1,
      cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    },
    model: completion.model,
  };
}
