import OpenAI from "openai";
import type { Answer, Client, ClientOptions, Question, Refusal } from "./client.ts";

type Body = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.Chat.ChatCompletionMessageParam;
type Completion = OpenAI.Chat.ChatCompletion;

/** How services show their reasoning on this API. */
interface Reasoning {
  reasoning_content?: string;
  reasoning_details?: Readonly<Record<string, unknown>>[];
}

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
      const completion = await sdk.chat.completions.create(toBody(question), { signal: question.signal });
      return toAnswer(completion, completion.choices[0]?.message as Reasoning);
    },
    async stream(question, onText) {
      const stream = sdk.chat.completions.stream(
        { ...toBody(question), stream: true, stream_options: { include_usage: true } },
        { signal: question.signal },
      );
      const reasoning: Required<Reasoning> = { reasoning_content: "", reasoning_details: [] };
      stream.on("chunk", (chunk) =>
        addReasoning(reasoning, chunk.choices[0]?.delta as Reasoning | undefined),
      );
      if (onText) stream.on("content", onText);
      return toAnswer(await stream.finalChatCompletion(), reasoning);
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

/** The SDK joins text and calls; these fields it leaves to its caller. */
function addReasoning(sum: Required<Reasoning>, delta: Reasoning | undefined): void {
  sum.reasoning_content += delta?.reasoning_content ?? "";
  for (const detail of delta?.reasoning_details ?? []) {
    const open = sum.reasoning_details.find(
      (known) => known.index === detail.index && known.type === detail.type,
    );
    if (!open) {
      sum.reasoning_details.push({ ...detail });
      continue;
    }
    for (const [name, value] of Object.entries(detail)) {
      const joins = (name === "text" || name === "summary") && typeof value === "string";
      Object.assign(open, { [name]: joins ? `${String(open[name] ?? "")}${value}` : (value ?? open[name]) });
    }
  }
}

function toBody(question: Question): Body {
  const content: OpenAI.Chat.ChatCompletionContentPart[] = [
    { type: "text", text: question.text },
    ...(question.images ?? []).map((url) => ({ type: "image_url" as const, image_url: { url } })),
  ];
  return {
    model: question.model,
    messages: [
      ...(question.system === undefined ? [] : [{ role: "system" as const, content: question.system }]),
      { role: "user", content: question.images ? content : question.text },
      ...toolTurn(question),
      ...nextTurn(question),
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
    ...(question.think && { reasoning_effort: "medium" as const }),
    ...(question.schema && {
      response_format: {
        type: "json_schema" as const,
        json_schema: { name: "answer", schema: { ...question.schema } },
      },
    }),
  };
}

function toolTurn({ toolTurn: turn = [] }: Question): Message[] {
  if (turn.length === 0) return [];
  return [
    {
      role: "assistant",
      tool_calls: turn.map((call) => ({
        id: call.id,
        type: "function" as const,
        function: { name: call.name, arguments: JSON.stringify(call.arguments) },
      })),
    },
    ...turn.map((call) => ({ role: "tool" as const, tool_call_id: call.id, content: call.result })),
  ];
}

function nextTurn({ after }: Question): Message[] {
  if (!after) return [];
  return [
    after.answer.native as Message,
    ...after.answer.toolCalls.map((call, index) => ({
      role: "tool" as const,
      tool_call_id: call.id,
      content: after.results[index] ?? "",
    })),
  ];
}

function toAnswer(completion: Completion, reasoning: Reasoning): Answer {
  const choice = completion.choices[0];
  if (!choice) throw new Error("a completion without choices");
  const { content, tool_calls: calls } = choice.message;
  const { reasoning_content: shown, reasoning_details: details } = reasoning;
  return {
    text: content ?? "",
    reasoning: shown ?? "",
    toolCalls: (calls ?? []).flatMap((call) =>
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
    stop: choice.message.refusal ? "refusal" : (stops[choice.finish_reason] ?? "end"),
    usage: {
      input: completion.usage?.prompt_tokens ?? -1,
      output: completion.usage?.completion_tokens ?? -1,
      cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    },
    model: completion.model,
    native: {
      role: "assistant",
      content,
      ...(calls && { tool_calls: calls }),
      ...(shown && { reasoning_content: shown }),
      ...(details && details.length > 0 && { reasoning_details: details }),
    },
  };
}
