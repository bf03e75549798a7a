import type { Failure } from "../../failure.ts";
import { isSeal } from "../../seal.ts";
import { isReasoningModel } from "../openai-fields.ts";
import { openaiInvalid } from "../openai-violations.ts";
import type { InputItem, ResponsesRequest } from "./schema.ts";

type Rule = (request: ResponsesRequest) => Failure | undefined;

/** What the service refuses although each field is well formed. */
export function findResponsesViolation(request: ResponsesRequest): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

/** Input as items, whichever way it is written. */
export function itemsOf(request: ResponsesRequest): readonly InputItem[] {
  const input = request.input ?? [];
  return typeof input === "string" ? [{ type: "message", role: "user", content: input }] : input;
}

const rules: readonly Rule[] = [
  somethingToAnswer,
  reasoningModelParameters,
  toolParametersAreObjects,
  toolChoiceNeedsTools,
  outputsMatchCalls,
  reasoningIsUntouched,
];

function somethingToAnswer({ input, prompt, conversation, previous_response_id }: ResponsesRequest) {
  if (
    input !== undefined ||
    prompt !== undefined ||
    conversation !== undefined ||
    previous_response_id != null
  ) {
    return undefined;
  }
  return openaiInvalid("Missing required parameter: 'input'.", "input", "missing_required_parameter");
}

function reasoningModelParameters(request: ResponsesRequest) {
  for (const name of ["temperature", "top_p"] as const) {
    const value = request[name];
    if (isReasoningModel(request.model) && value != null && value !== 1) {
      return openaiInvalid(
        `Unsupported parameter: '${name}' is not supported with this model.`,
        name,
        "unsupported_parameter",
      );
    }
  }
  if (!isReasoningModel(request.model) && request.reasoning?.effort) {
    return openaiInvalid(
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      "reasoning.effort",
      "unsupported_parameter",
    );
  }
  return undefined;
}

function toolParametersAreObjects(request: ResponsesRequest) {
  for (const [position, tool] of (request.tools ?? []).entries()) {
    if (tool.type !== "function" || tool.parameters == null) continue;
    const { type } = tool.parameters as { type?: unknown };
    if (type !== "object") {
      return openaiInvalid(
        `Invalid schema for function '${String(tool.name)}': schema must be a JSON Schema of 'type: "object"', got 'type: "${type === undefined ? "None" : String(type)}"'.`,
        `tools[${position}].parameters`,
        "invalid_function_parameters",
      );
    }
  }
  return undefined;
}

function toolChoiceNeedsTools({ tool_choice, tools = [] }: ResponsesRequest) {
  if (tool_choice === undefined || tool_choice === "none" || tool_choice === "auto") return undefined;
  if (tools.length === 0) {
    return openaiInvalid("Tool choice must be used with at least one tool.", "tool_choice", null);
  }
  if (typeof tool_choice === "object" && "name" in tool_choice) {
    if (!tools.some((tool) => "name" in tool && tool.name === tool_choice.name)) {
      return openaiInvalid(
        `Tool choice '${tool_choice.name}' not found in 'tools' parameter.`,
        "tool_choice",
        null,
      );
    }
  }
  return undefined;
}

/** Encrypted reasoning comes back as the service wrote it, or not at all. */
function reasoningIsUntouched(request: ResponsesRequest) {
  for (const item of itemsOf(request)) {
    if (item.type !== "reasoning" || item.encrypted_content == null) continue;
    if (!isSeal("encrypted", item.encrypted_content)) {
      return openaiInvalid(
        `The encrypted content ${item.encrypted_content.slice(0, 8)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
        null,
        "invalid_encrypted_content",
      );
    }
  }
  return undefined;
}

/** Calls of an earlier response are not in sight, so only a self-contained request is judged whole. */
function outputsMatchCalls(request: ResponsesRequest) {
  const calls = new Map<string, boolean>();
  const stored = request.previous_response_id != null;
  for (const item of itemsOf(request)) {
    if (item.type === "function_call" || item.type === "custom_tool_call") calls.set(item.call_id, false);
    if (item.type !== "function_call_output" && item.type !== "custom_tool_call_output") continue;
    if (!calls.has(item.call_id) && !stored) {
      return openaiInvalid(
        `No tool call found for function call output with call_id ${item.call_id}.`,
        "input",
        null,
      );
    }
    calls.set(item.call_id, true);
  }
  const open = [...calls].find(([, answered]) => !answered)?.[0];
  return open === undefined
    ? undefined
    : openaiInvalid(`No tool output found for function call ${open}.`, "input", null);
}
