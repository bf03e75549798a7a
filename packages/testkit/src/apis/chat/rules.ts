import type { Failure } from "../../failure.ts";
import { isReasoningModel } from "../openai-fields.ts";
import { openaiInvalid } from "../openai-violations.ts";
import type { ChatMessage, ChatRequest } from "./schema.ts";

type Rule = (request: ChatRequest) => Failure | undefined;

/** What the service refuses although each field is well formed. */
export function findChatViolation(request: ChatRequest): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

const rules: readonly Rule[] = [
  onlyOneTokenLimit,
  reasoningModelParameters,
  streamOptionsNeedStream,
  toolFieldsNeedTools,
  toolParametersAreObjects,
  namedToolExists,
  jsonObjectNeedsTheWord,
  topLogprobsNeedLogprobs,
  assistantSaysSomething,
  toolTurnsMatch,
];

function onlyOneTokenLimit(request: ChatRequest) {
  if (request.max_tokens == null || request.max_completion_tokens == null) return undefined;
  return openaiInvalid(
    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
    "max_tokens",
    "invalid_parameter_combination",
  );
}

function reasoningModelParameters(request: ChatRequest) {
  if (!isReasoningModel(request.model)) return undefined;
  if (request.max_tokens != null) {
    return openaiInvalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  }
  for (const name of ["temperature", "top_p", "n"] as const) {
    const value = request[name];
    if (value != null && value !== 1) {
      return openaiInvalid(
        `Unsupported value: '${name}' does not support ${value} with this model. Only the default (1) value is supported.`,
        name,
        "unsupported_value",
      );
    }
  }
  for (const name of ["presence_penalty", "frequency_penalty", "logprobs", "logit_bias", "stop"] as const) {
    if (request[name] != null) {
      return openaiInvalid(
        `Unsupported parameter: '${name}' is not supported with this model.`,
        name,
        "unsupported_parameter",
      );
    }
  }
  return undefined;
}

function streamOptionsNeedStream(request: ChatRequest) {
  if (request.stream_options == null || request.stream === true) return undefined;
  return openaiInvalid(
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    "stream_options",
    null,
  );
}

function toolFieldsNeedTools(request: ChatRequest) {
  if (request.tools) return undefined;
  for (const name of ["tool_choice", "parallel_tool_calls"] as const) {
    if (request[name] !== undefined) {
      return openaiInvalid(
        `Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`,
        name,
        null,
      );
    }
  }
  return undefined;
}

function toolParametersAreObjects(request: ChatRequest) {
  for (const [position, tool] of (request.tools ?? []).entries()) {
    if (tool.type !== "function" || tool.function.parameters === undefined) continue;
    const type = tool.function.parameters.type;
    if (type !== "object") {
      return openaiInvalid(
        `Invalid schema for function '${tool.function.name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${type === undefined ? "None" : String(type)}"'.`,
        `tools[${position}].function.parameters`,
        "invalid_function_parameters",
      );
    }
  }
  return undefined;
}

function namedToolExists(request: ChatRequest) {
  const choice = request.tool_choice;
  if (typeof choice !== "object" || choice.type !== "function") return undefined;
  const names = (request.tools ?? []).map((tool) =>
    tool.type === "function" ? tool.function.name : tool.custom.name,
  );
  if (names.includes(choice.function.name)) return undefined;
  return openaiInvalid(
    `Tool choice '${choice.function.name}' not found in 'tools' parameter.`,
    "tool_choice",
    null,
  );
}

function jsonObjectNeedsTheWord(request: ChatRequest) {
  if (request.response_format?.type !== "json_object") return undefined;
  if (/json/i.test(JSON.stringify(request.messages))) return undefined;
  return openaiInvalid(
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    "messages",
    null,
  );
}

function topLogprobsNeedLogprobs(request: ChatRequest) {
  if (request.top_logprobs == null || request.logprobs === true) return undefined;
  return openaiInvalid(
    "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
    "top_logprobs",
    null,
  );
}

function assistantSaysSomething(request: ChatRequest) {
  for (const [position, message] of request.messages.entries()) {
    if (message.role !== "assistant") continue;
    const says =
      message.content ?? message.refusal ?? message.tool_calls ?? message.function_call ?? message.audio;
    if (says == null) {
      return openaiInvalid(
        "Invalid value for 'content': expected a string, got null.",
        `messages.[${position}].content`,
        null,
      );
    }
  }
  return undefined;
}

/** Every tool call is answered right after its turn, and nothing else is answered. */
function toolTurnsMatch(request: ChatRequest) {
  let open = new Set<string>();
  for (const [position, message] of request.messages.entries()) {
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id))
        return unexpectedResult(request.messages, position, message.tool_call_id);
      continue;
    }
    if (open.size > 0) return missingResults(open, position);
    if (message.role === "assistant") open = new Set((message.tool_calls ?? []).map((call) => call.id));
  }
  return open.size > 0 ? missingResults(open, request.messages.length) : undefined;
}

function unexpectedResult(messages: readonly ChatMessage[], position: number, id: string): Failure {
  const previous = messages[position - 1]?.role;
  const message =
    previous === "assistant" || previous === "tool"
      ? `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`
      : "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
  return openaiInvalid(message, `messages.[${position}].role`, null);
}

function missingResults(ids: ReadonlySet<string>, position: number): Failure {
  return openaiInvalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`,
    `messages.[${position}].role`,
    null,
  );
}
