import type { Failure } from "../../failure.ts";
import type { CohereChatRequest, CohereMessage } from "./schema.ts";
import { cohereInvalid } from "./violations.ts";

type Rule = (request: CohereChatRequest) => Failure | undefined;

/** What the service refuses although each field is well formed. */
export function findCohereViolation(request: CohereChatRequest): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

const rules: readonly Rule[] = [
  turnsSaySomething,
  lastTurnIsOpen,
  resultsFollowCalls,
  imagesNeedVision,
  thinkingNeedsReasoning,
  toolChoiceNeedsTools,
  toolsExcludeFormats,
  safetyModeStandsAlone,
  parametersAreObjects,
];

/** What a message says, as text. */
export function textOf(message: CohereMessage | undefined): string {
  const content = message?.content ?? "";
  if (typeof content === "string") return content;
  return content
    .map((part) => {
      if (part.type === "text") return part.text;
      return part.type === "document" ? JSON.stringify(part.document.data) : "";
    })
    .join("");
}

function turnsSaySomething({ messages }: CohereChatRequest) {
  for (const [position, message] of messages.entries()) {
    const isEmpty =
      message.role === "assistant"
        ? !message.tool_calls?.length && !message.content?.length && !message.tool_plan
        : textOf(message) === "" && message.role === "user" && !hasImage(message);
    if (isEmpty) {
      return cohereInvalid(
        message.role === "user"
          ? "message must be at least 1 token long or tool results must be specified."
          : `messages[${position}]: an assistant message must have content or tool_calls.`,
      );
    }
  }
  return undefined;
}

function hasImage(message: CohereMessage): boolean {
  return Array.isArray(message.content) && message.content.some((part) => part.type === "image_url");
}

function lastTurnIsOpen({ messages }: CohereChatRequest) {
  const role = messages.at(-1)?.role;
  return role === "assistant" || role === "system"
    ? cohereInvalid("the last message in 'messages' must be from the user or a tool.")
    : undefined;
}

/** Every call is answered right after its turn, each by a message of its own, and nothing else is answered. */
function resultsFollowCalls({ messages }: CohereChatRequest) {
  let open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id)) {
        return cohereInvalid(
          `tool call id ${message.tool_call_id} not found in previous tool calls: messages with role 'tool' must follow the assistant message that made the call.`,
        );
      }
      continue;
    }
    if (open.size > 0) return missing(open);
    if (message.role === "assistant") open = new Set((message.tool_calls ?? []).map(({ id }) => id));
  }
  return open.size > 0 ? missing(open) : undefined;
}

function missing(ids: ReadonlySet<string>): Failure {
  return cohereInvalid(
    `cannot specify a message without tool results for each tool call: missing ${[...ids].join(", ")}.`,
  );
}

function imagesNeedVision({ messages, model }: CohereChatRequest) {
  if (/vision|aya|^scenario-/.test(model) || !messages.some(hasImage)) return undefined;
  return cohereInvalid(`model '${model}' does not support image inputs.`);
}

function thinkingNeedsReasoning({ thinking, model, max_tokens }: CohereChatRequest) {
  if (thinking === undefined) return undefined;
  if (!/reasoning|^scenario-/.test(model)) {
    return cohereInvalid(`model '${model}' does not support the 'thinking' parameter.`);
  }
  const budget = thinking.token_budget;
  if (budget === undefined) return undefined;
  if (thinking.type === "disabled") {
    return cohereInvalid("thinking.token_budget must not be set when thinking is disabled.");
  }
  return max_tokens !== undefined && budget >= max_tokens
    ? cohereInvalid("thinking.token_budget must be less than max_tokens.")
    : undefined;
}

function toolChoiceNeedsTools({ tool_choice, tools, strict_tools }: CohereChatRequest) {
  if (tools) return undefined;
  if (tool_choice !== undefined) return cohereInvalid("tool_choice requires tools to be specified.");
  return strict_tools === true ? cohereInvalid("strict_tools requires tools to be specified.") : undefined;
}

function toolsExcludeFormats({ response_format, tools, documents }: CohereChatRequest) {
  if (response_format?.type !== "json_object" || (!tools && !documents)) return undefined;
  return cohereInvalid("response_format of type json_object is not supported with tools or documents.");
}

function safetyModeStandsAlone({ safety_mode, tools, documents }: CohereChatRequest) {
  return safety_mode !== undefined && (tools ?? documents)
    ? cohereInvalid("safety_mode is not supported with tools or documents.")
    : undefined;
}

function parametersAreObjects({ tools = [] }: CohereChatRequest) {
  const wrong = tools.find((tool) => tool.function.parameters.type !== "object");
  return wrong && cohereInvalid(`tool '${wrong.function.name}': parameters must be of type 'object'.`);
}
