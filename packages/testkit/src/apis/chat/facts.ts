import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import type { ChatMessage, ChatRequest } from "./schema.ts";

export function chatFacts(request: ChatRequest): Facts {
  const users = request.messages.filter((message) => message.role === "user");
  const stop = request.stop ?? [];
  const choice = request.tool_choice ?? "auto";
  return {
    model: request.model,
    stream: request.stream === true,
    lastUserText: textOf(users.at(-1)),
    imageCount: request.messages.reduce((sum, message) => sum + countImages(message), 0),
    tools: (request.tools ?? []).map((tool) =>
      tool.type === "function"
        ? { name: tool.function.name, kind: "function" as const, schema: tool.function.parameters }
        : { name: tool.custom.name, kind: "custom" as const },
    ),
    toolChoice: namedChoice(choice),
    parallelToolCalls: request.parallel_tool_calls !== false,
    toolResults: trailingResults(request.messages),
    stopSequences: typeof stop === "string" ? [stop] : stop,
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    inputTokens: countRequestTokens([request.messages, request.tools]),
    reasoning: false,
    json: jsonOf(request.response_format),
  };
}

function jsonOf(format: ChatRequest["response_format"]): Facts["json"] {
  if (format === undefined || format.type === "text") return undefined;
  return { schema: format.type === "json_schema" ? format.json_schema.schema : undefined };
}

function namedChoice(choice: NonNullable<ChatRequest["tool_choice"]>): Facts["toolChoice"] {
  if (typeof choice === "string") return choice;
  if (choice.type === "function") return { name: choice.function.name };
  if (choice.type === "custom") return { name: choice.custom.name };
  return choice.allowed_tools.mode;
}

function trailingResults(messages: readonly ChatMessage[]): Facts["toolResults"] {
  const start = messages.findLastIndex((message) => message.role !== "tool") + 1;
  return messages.slice(start).map((message) => ({
    id: message.role === "tool" ? message.tool_call_id : "",
    text: textOf(message),
    isError: false,
  }));
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function countImages(message: ChatMessage): number {
  if (message.role !== "user" || typeof message.content === "string") return 0;
  return message.content.filter((part) => part.type === "image_url").length;
}
