import { type Cohere, CohereClientV2, CohereError } from "cohere-ai";
import type { Answer, Client, ClientOptions, Question } from "./client.ts";

type Body = Cohere.V2ChatRequest;
type Message = Cohere.ChatMessageV2;
type ToolCall = Cohere.ToolCallV2;

const stops: Readonly<Record<string, Answer["stop"]>> = {
  COMPLETE: "end",
  STOP_SEQUENCE: "end",
  MAX_TOKENS: "length",
  TOOL_CALL: "tools",
  ERROR: "refusal",
};

/** What a reply says, whole or joined from its events. */
interface Said {
  text: string;
  thinking: string;
  plan: string;
  calls: ToolCall[];
}

export function cohereChatClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  const sdk = new CohereClientV2({ token: key, environment: url, headers: { ...headers } });
  const options = (question: Question) => ({
    maxRetries: 0,
    ...(question.signal && { abortSignal: question.signal }),
  });
  return {
    name: "cohere_chat",
    async ask(question) {
      const reply = await sdk.chat(toBody(question), options(question));
      const { content = [], toolPlan = "", toolCalls = [] } = reply.message;
      const text = (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
      const thinking = (content ?? [])
        .map((part) => (part.type === "thinking" ? part.thinking : ""))
        .join("");
      return toAnswer(
        { text, thinking, plan: toolPlan ?? "", calls: toolCalls ?? [] },
        reply.finishReason,
        reply.usage,
      );
    },
    async stream(question, onText) {
      return joined(await sdk.chatStream(toBody(question), options(question)), onText);
    },
    refusal(error) {
      if (!(error instanceof CohereError)) throw error;
      const message = (error.body as { message?: string } | undefined)?.message ?? error.message;
      return {
        status: error.statusCode,
        // The API has no types of errors besides the status.
        type: error.name,
        message,
        retryAfter: error.rawResponse?.headers.get("retry-after"),
      };
    },
  };
}

async function joined(
  events: AsyncIterable<Cohere.V2ChatStreamResponse>,
  onText?: (piece: string) => void,
): Promise<Answer> {
  const said: Said = { text: "", thinking: "", plan: "", calls: [] };
  for await (const event of events) {
    if (event.type === "content-delta") {
      const { text, thinking } = event.delta?.message?.content ?? {};
      said.text += text ?? "";
      said.thinking += thinking ?? "";
      if (text) onText?.(text);
    } else if (event.type === "tool-plan-delta") {
      said.plan += event.delta?.message?.toolPlan ?? "";
    } else if (event.type === "tool-call-start") {
      const call = event.delta?.message?.toolCalls;
      if (call && !Array.isArray(call)) said.calls[event.index ?? 0] = call;
    } else if (event.type === "tool-call-delta") {
      const call = said.calls[event.index ?? 0];
      const written = event.delta?.message?.toolCalls?.function?.arguments ?? "";
      if (call?.function) call.function.arguments = (call.function.arguments ?? "") + written;
    } else if (event.type === "message-end") {
      if (event.delta?.error) throw new Error(event.delta.error);
      return toAnswer(said, event.delta?.finishReason, event.delta?.usage);
    }
  }
  throw new Error("the stream ended before its message-end");
}

function toBody(question: Question): Body {
  const content: Cohere.Content[] = [
    { type: "text", text: question.text },
    ...(question.images ?? []).map((url) => ({ type: "image_url" as const, imageUrl: { url } })),
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
      tools: question.tools.map(({ name, description, parameters }) => ({
        type: "function" as const,
        function: { name, description, parameters: { ...parameters } },
      })),
    }),
    ...(question.toolChoice && { toolChoice: "REQUIRED" as const }),
    ...(question.maxTokens !== undefined && { maxTokens: question.maxTokens }),
    ...(question.stop && { stopSequences: [...question.stop] }),
    ...(question.think && { thinking: { type: "enabled" as const, tokenBudget: 2048 } }),
    ...(question.schema && {
      responseFormat: { type: "json_object" as const, jsonSchema: { ...question.schema } },
    }),
  };
}

function toolTurn({ toolTurn: turn = [] }: Question): Message[] {
  if (turn.length === 0) return [];
  return [
    {
      role: "assistant",
      toolCalls: turn.map(({ id, name, arguments: written }) => ({
        id,
        type: "function" as const,
        function: { name, arguments: JSON.stringify(written) },
      })),
    },
    ...turn.map(({ id, result }) => ({ role: "tool" as const, toolCallId: id, content: result })),
  ];
}

function nextTurn({ after }: Question): Message[] {
  if (!after) return [];
  return [
    after.answer.native as Message,
    ...after.answer.toolCalls.map(({ id }, index) => ({
      role: "tool" as const,
      toolCallId: id,
      content: after.results[index] ?? "",
    })),
  ];
}

function toAnswer(said: Said, finish: string | undefined, usage: Cohere.Usage | undefined): Answer {
  const thinking = said.thinking === "" ? [] : [{ type: "thinking" as const, thinking: said.thinking }];
  const native: Message = {
    role: "assistant",
    ...(said.calls.length > 0 && { toolCalls: said.calls }),
    ...(said.plan !== "" && { toolPlan: said.plan }),
    ...((said.text !== "" || said.thinking !== "") && {
      content: [...thinking, ...(said.text === "" ? [] : [{ type: "text" as const, text: said.text }])],
    }),
  };
  return {
    text: said.text,
    reasoning: said.thinking + said.plan,
    toolCalls: said.calls.map((call) => ({
      id: call.id,
      name: call.function?.name ?? "",
      arguments: JSON.parse(call.function?.arguments ?? "") as unknown,
    })),
    stop: stops[finish ?? ""] ?? "refusal",
    usage: {
      input: usage?.tokens?.inputTokens ?? -1,
      output: usage?.tokens?.outputTokens ?? -1,
      cached: usage?.cachedTokens ?? 0,
    },
    model: undefined,
    native,
  };
}
