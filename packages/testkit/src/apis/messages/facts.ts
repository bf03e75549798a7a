import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import { blocksOf } from "./rules.ts";
import type { CountRequest, Message, MessagesRequest } from "./schema.ts";

type Block = ReturnType<typeof blocksOf>[number];

export function messagesFacts(request: MessagesRequest): Facts {
  const last = request.messages.at(-1);
  const lastBlocks = last?.role === "user" ? blocksOf(last) : [];
  const choice = request.tool_choice ?? { type: "auto" as const };
  return {
    model: request.model,
    stream: request.stream === true,
    lastUserText: textOf(lastSpoken(request.messages)),
    imageCount: request.messages
      .flatMap((message) => blocksOf(message))
      .filter((block) => block.type === "image").length,
    tools: (request.tools ?? []).map((tool) => ({
      name: tool.name,
      kind: "function" as const,
      schema: "input_schema" in tool ? tool.input_schema : undefined,
    })),
    toolChoice: choiceOf(choice),
    parallelToolCalls: !("disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use === true),
    toolResults: lastBlocks.flatMap((block) =>
      block.type === "tool_result"
        ? [{ id: block.tool_use_id, text: resultText(block.content), isError: block.is_error === true }]
        : [],
    ),
    stopSequences: request.stop_sequences ?? [],
    maxOutputTokens: request.max_tokens,
    inputTokens: countInput(request),
    reasoning: request.thinking !== undefined && request.thinking.type !== "disabled",
    json: request.output_config?.format ? { schema: request.output_config.format.schema } : undefined,
  };
}

/** What `count_tokens` answers and what a message reports as its input. */
export function countInput(request: CountRequest): number {
  return countRequestTokens([request.system, request.messages, request.tools]);
}

function choiceOf(choice: NonNullable<MessagesRequest["tool_choice"]>): Facts["toolChoice"] {
  if (choice.type === "tool") return { name: choice.name };
  return choice.type === "any" ? "required" : choice.type;
}

function hasText(message: Message): boolean {
  return blocksOf(message).some((block) => block.type === "text");
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function resultText(content: Extract<Block, { type: "tool_result" }>["content"]): string {
  if (content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("");
}

function lastSpoken(messages: readonly Message[]): readonly Block[] {
  const message = messages.findLast((candidate) => candidate.role === "user" && hasText(candidate));
  return message ? blocksOf(message) : [];
}
