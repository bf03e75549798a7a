import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import { textOf } from "./rules.ts";
import type { CohereChatRequest, CohereMessage } from "./schema.ts";

export function cohereFacts(request: CohereChatRequest): Facts {
  const { messages, response_format: format } = request;
  const results = messages.slice(messages.findLastIndex((message) => message.role !== "tool") + 1);
  return {
    model: request.model,
    stream: request.stream === true,
    lastUserText: textOf(messages.findLast((message) => message.role === "user")),
    imageCount: messages.reduce((sum, message) => sum + countImages(message), 0),
    tools: (request.tools ?? []).map(({ function: { name, parameters } }) => ({
      name,
      kind: "function" as const,
      schema: parameters,
    })),
    toolChoice: choices[request.tool_choice ?? "AUTO"],
    parallelToolCalls: true,
    toolResults: results.map((message) => ({
      id: message.role === "tool" ? message.tool_call_id : "",
      text: textOf(message),
      isError: false,
    })),
    stopSequences: request.stop_sequences ?? [],
    maxOutputTokens: request.max_tokens,
    inputTokens: countRequestTokens([messages, request.tools, request.documents]),
    reasoning: request.thinking?.type === "enabled",
    json: format?.type === "json_object" ? { schema: format.json_schema } : undefined,
  };
}

const choices = { REQUIRED: "required", NONE: "none", AUTO: "auto" } as const;

function countImages(message: CohereMessage): number {
  if (!Array.isArray(message.content)) return 0;
  return message.content.filter((part) => part.type === "image_url").length;
}
