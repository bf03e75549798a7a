import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import { itemsOf } from "./rules.ts";
import type { InputItem, MessageItem, ResponsesRequest } from "./schema.ts";

export function responsesFacts(request: ResponsesRequest): Facts {
  const items = itemsOf(request);
  const lastUser = items.findLast((item): item is MessageItem => isMessage(item) && item.role === "user");
  const choice = request.tool_choice ?? "auto";
  return {
    model: request.model,
    stream: request.stream === true,
    lastUserText: lastUser ? textOf(lastUser.content) : "",
    imageCount: items.reduce((sum, item) => sum + countImages(item), 0),
    tools: (request.tools ?? []).flatMap(offeredTools),
    toolChoice: namedChoice(choice),
    parallelToolCalls: request.parallel_tool_calls !== false,
    toolResults: trailingResults(items),
    stopSequences: [],
    maxOutputTokens: request.max_output_tokens ?? undefined,
    inputTokens: countRequestTokens([request.instructions, request.input, request.tools]),
    reasoning: request.reasoning?.summary != null,
    json: jsonOf(request.text?.format),
  };
}

type Tool = NonNullable<ResponsesRequest["tools"]>[number];

function offeredTools(tool: Tool): Facts["tools"][number][] {
  switch (tool.type) {
    case "function":
      return [{ name: tool.name, kind: "function", schema: tool.parameters }];
    case "custom":
      return [{ name: tool.name, kind: "custom" }];
    case "namespace":
      return tool.tools.flatMap((member) =>
        offeredTools(member).map((offered) => ({ ...offered, namespace: tool.name })),
      );
    default:
      return [];
  }
}

function jsonOf(format: NonNullable<ResponsesRequest["text"]>["format"]): Facts["json"] {
  if (format === undefined || format.type === "text") return undefined;
  return { schema: format.type === "json_schema" ? format.schema : undefined };
}

function namedChoice(choice: NonNullable<ResponsesRequest["tool_choice"]>): Facts["toolChoice"] {
  if (typeof choice === "string") return choice;
  return choice.type === "allowed_tools" ? choice.mode : { name: choice.name };
}

function trailingResults(items: readonly InputItem[]): Facts["toolResults"] {
  const start = items.findLastIndex((item) => !isOutput(item)) + 1;
  return items
    .slice(start)
    .filter(isOutput)
    .map((item) => ({ id: item.call_id, text: textOf(item.output), isError: false }));
}

function isOutput(
  item: InputItem,
): item is Extract<InputItem, { type: "function_call_output" | "custom_tool_call_output" }> {
  return item.type === "function_call_output" || item.type === "custom_tool_call_output";
}

function isMessage(item: InputItem): item is MessageItem {
  return "role" in item;
}

function textOf(content: string | readonly { type: string; text?: string }[]): string {
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

function countImages(item: InputItem): number {
  if (!isMessage(item) || typeof item.content === "string") return 0;
  return item.content.filter((part) => part.type === "input_image").length;
}
