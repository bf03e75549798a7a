import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import { thinkingOf } from "./model-rules.ts";
import type { Conversation } from "./rules.ts";
import type { Block, ConverseRequest, Message } from "./schema.ts";

type Result = NonNullable<Block["toolResult"]>;

export function converseFacts(request: ConverseRequest): Facts {
  const { messages, toolConfig, inferenceConfig = {} } = request;
  const spoken = messages.findLast((message) => message.role === "user" && textOf(message) !== "");
  return {
    model: request.model,
    stream: request.stream,
    lastUserText: spoken ? textOf(spoken) : "",
    imageCount: messages
      .flatMap(({ content }) => content)
      .flatMap((block) => [block, ...(block.toolResult?.content ?? [])])
      .filter((block) => block.image).length,
    tools: (toolConfig?.tools ?? []).flatMap(({ toolSpec }) =>
      toolSpec ? [{ name: toolSpec.name, kind: "function" as const, schema: toolSpec.inputSchema.json }] : [],
    ),
    toolChoice: choiceOf(request),
    parallelToolCalls: !isSingle(request),
    toolResults: (messages.at(-1)?.content ?? []).flatMap(({ toolResult }) =>
      toolResult
        ? [{ id: toolResult.toolUseId, text: resultText(toolResult), isError: toolResult.status === "error" }]
        : [],
    ),
    stopSequences: inferenceConfig.stopSequences ?? [],
    maxOutputTokens: inferenceConfig.maxTokens,
    inputTokens: countInput(request),
    reasoning: thinkingOf(request) !== undefined,
    json: jsonOf(request),
  };
}

/** What a count says and what a reply reports as its input. */
export function countInput(request: Conversation): number {
  return countRequestTokens([request.system, request.messages, request.toolConfig]);
}

function choiceOf({ toolConfig }: ConverseRequest): Facts["toolChoice"] {
  const choice = toolConfig?.toolChoice;
  if (choice?.tool) return { name: choice.tool.name };
  return choice?.any ? "required" : "auto";
}

/** The service's own field, or Claude's when the caller hands it through. */
function jsonOf({ outputConfig, additionalModelRequestFields }: ConverseRequest): Facts["json"] {
  const schema = outputConfig?.textFormat?.structure.jsonSchema?.schema;
  if (schema !== undefined) return { schema: JSON.parse(schema) as unknown };
  const config = additionalModelRequestFields?.output_config as { format?: { schema?: unknown } } | undefined;
  return config?.format && { schema: config.format.schema };
}

/** Claude's own flag, when the caller hands it through. */
function isSingle({ additionalModelRequestFields }: ConverseRequest): boolean {
  const choice = additionalModelRequestFields?.tool_choice as
    | { disable_parallel_tool_use?: unknown }
    | undefined;
  return choice?.disable_parallel_tool_use === true;
}

function textOf({ content }: Message): string {
  return content.map((block) => block.text ?? "").join("");
}

function resultText({ content }: Result): string {
  return content
    .map((part) => part.text ?? (part.json ? JSON.stringify(part.json) : `[${Object.keys(part)[0]}]`))
    .join("");
}
