import type { Failure } from "../../failure.ts";
import { isSeal } from "../../seal.ts";
import type { CountRequest, Message, MessagesRequest } from "./schema.ts";
import { anthropicInvalid } from "./violations.ts";

type Rule<Request> = (request: Request) => Failure | undefined;

/** What the service refuses in a conversation although each field is well formed. */
export function findConversationViolation(request: CountRequest): Failure | undefined {
  return firstOf(conversationRules, request);
}

/** What it refuses besides in a request for a message. */
export function findMessagesViolation(request: MessagesRequest): Failure | undefined {
  return firstOf(conversationRules, request) ?? firstOf(samplingRules, request);
}

function firstOf<Request>(rules: readonly Rule<Request>[], request: Request): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

const conversationRules: readonly Rule<CountRequest>[] = [
  userGoesFirst,
  turnsSaySomething,
  textsAreNotBlank,
  noPrefill,
  blocksFitTheirRole,
  toolTurnsMatch,
  thinkingIsUntouched,
  toolBlocksNeedTools,
  toolChoiceNeedsTools,
  toolNamesAreUnique,
  fewCacheMarks,
];

const samplingRules: readonly Rule<MessagesRequest>[] = [
  outputLimit,
  oneSamplingParameter,
  samplingIsKnown,
  stopSequencesAreNotBlank,
  thinkingFits,
  thinkingOpensToolTurns,
];

function userGoesFirst({ messages }: CountRequest) {
  const first = messages.find((message) => message.role !== "system");
  if (first?.role === "user") return undefined;
  return anthropicInvalid('messages: first message must use the "user" role');
}

function turnsSaySomething({ messages }: CountRequest) {
  for (const [position, { content, role }] of messages.entries()) {
    const isFinalAssistant = role === "assistant" && position === messages.length - 1;
    if (content.length === 0 && !isFinalAssistant) {
      return anthropicInvalid(
        `messages.${position}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
  }
  return undefined;
}

function textsAreNotBlank({ messages, system }: CountRequest) {
  const texts = [...(Array.isArray(system) ? system : []), ...messages.flatMap(blocksOf)];
  for (const block of texts) {
    if (block.type !== "text") continue;
    if (block.text === "") return anthropicInvalid("messages: text content blocks must be non-empty");
    if (block.text.trim() === "") {
      return anthropicInvalid("messages: text content blocks must contain non-whitespace text");
    }
  }
  return undefined;
}

function noPrefill({ messages, model }: CountRequest) {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return undefined;
  if (isNewerThan(model, 4, 5)) {
    return anthropicInvalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  const end = blocksOf(last).at(-1);
  if (end?.type === "text" && /\s$/.test(end.text)) {
    return anthropicInvalid("messages: final assistant content cannot end with trailing whitespace");
  }
  return undefined;
}

function blocksFitTheirRole({ messages }: CountRequest) {
  const userOnly = ["tool_result", "image", "document", "search_result"];
  const assistantOnly = ["tool_use", "thinking", "redacted_thinking"];
  for (const [position, message] of messages.entries()) {
    const wrong = message.role === "assistant" ? userOnly : assistantOnly;
    const at = blocksOf(message).findIndex((block) => wrong.includes(block.type));
    const type = blocksOf(message)[at]?.type;
    if (type) {
      return anthropicInvalid(
        `messages.${position}.content.${at}: \`${type}\` blocks can only be in \`${message.role === "user" ? "assistant" : "user"}\` messages`,
      );
    }
  }
  return undefined;
}

/** The turn after a tool turn starts with a result for every call; there is no other place for results. */
function toolTurnsMatch({ messages }: CountRequest) {
  for (const [position, message] of messages.entries()) {
    const calls = blocksOf(message).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    const next = messages[position + 1];
    const leading = next ? leadingResults(next) : [];
    const missing = calls.filter((id) => !leading.includes(id));
    if (missing.length > 0) {
      return anthropicInvalid(
        `messages.${position}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    const previous = messages[position - 1];
    const asked = previous
      ? blocksOf(previous).flatMap((block) => (block.type === "tool_use" ? [block.id] : []))
      : [];
    const seen = new Set<string>();
    for (const [at, block] of blocksOf(message).entries()) {
      if (block.type !== "tool_result") continue;
      if (!asked.includes(block.tool_use_id)) {
        return anthropicInvalid(
          `messages.${position}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        );
      }
      if (seen.has(block.tool_use_id)) {
        return anthropicInvalid(
          `messages.${position}.content.${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${block.tool_use_id}`,
        );
      }
      seen.add(block.tool_use_id);
    }
  }
  return undefined;
}

function leadingResults(message: Message): string[] {
  const ids: string[] = [];
  for (const block of blocksOf(message)) {
    if (block.type !== "tool_result") break;
    ids.push(block.tool_use_id);
  }
  return ids;
}

/** Thinking comes back as the service wrote it, or not at all. */
function thinkingIsUntouched({ messages }: CountRequest) {
  for (const [position, message] of messages.entries()) {
    for (const [at, block] of blocksOf(message).entries()) {
      if (block.type === "thinking" && !isSeal("thinking", block.signature, block.thinking)) {
        return anthropicInvalid(
          `messages.${position}.content.${at}: Invalid \`signature\` in \`thinking\` block`,
        );
      }
      if (block.type === "redacted_thinking" && !isSeal("redacted", block.data)) {
        return anthropicInvalid(
          `messages.${position}.content.${at}: Invalid \`data\` in \`redacted_thinking\` block`,
        );
      }
    }
  }
  return undefined;
}

/** A tool turn that is still open was thought over before, and says so. */
function thinkingOpensToolTurns({ messages, thinking }: MessagesRequest) {
  if (thinking?.type !== "enabled") return undefined;
  const position = messages.findLastIndex((message) => message.role === "assistant");
  const turn = messages[position];
  const next = messages[position + 1];
  if (!turn || !next || leadingResults(next).length === 0) return undefined;
  const first = blocksOf(turn)[0]?.type;
  if (first === "thinking" || first === "redacted_thinking") return undefined;
  return anthropicInvalid(
    `messages.${position}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
  );
}

function toolBlocksNeedTools({ messages, tools }: CountRequest) {
  if (tools) return undefined;
  const has = messages
    .flatMap(blocksOf)
    .some((block) => block.type === "tool_use" || block.type === "tool_result");
  return has
    ? anthropicInvalid("Requests which include `tool_use` or `tool_result` blocks must define tools")
    : undefined;
}

function toolChoiceNeedsTools({ tool_choice, tools }: CountRequest) {
  if (!tool_choice) return undefined;
  if (!tools || tools.length === 0) {
    return anthropicInvalid("tool_choice: tool_choice may only be specified while providing tools.");
  }
  if (tool_choice.type === "tool" && !tools.some((tool) => tool.name === tool_choice.name)) {
    return anthropicInvalid(`Tool '${tool_choice.name}' not found in provided tools`);
  }
  return undefined;
}

function toolNamesAreUnique({ tools = [] }: CountRequest) {
  const names = tools.map((tool) => tool.name);
  return new Set(names).size === names.length
    ? undefined
    : anthropicInvalid("tools: Tool names must be unique.");
}

function fewCacheMarks(request: CountRequest) {
  const found = JSON.stringify(request).match(/"cache_control":\{/g)?.length ?? 0;
  return found > 4
    ? anthropicInvalid(`A maximum of 4 blocks with cache_control may be provided. Found ${found}.`)
    : undefined;
}

function outputLimit({ model, max_tokens }: MessagesRequest) {
  const limit = /claude-3-(?:5-)?haiku|claude-3-5/.test(model) ? 8192 : 64_000;
  return max_tokens > limit
    ? anthropicInvalid(
        `max_tokens: ${max_tokens} > ${limit}, which is the maximum allowed number of output tokens for ${model}`,
      )
    : undefined;
}

function oneSamplingParameter({ model, temperature, top_p }: MessagesRequest) {
  if (temperature === undefined || top_p === undefined || !isNewerThan(model, 4, 0)) return undefined;
  return anthropicInvalid(
    "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
  );
}

function samplingIsKnown({ model, temperature, top_p, top_k }: MessagesRequest) {
  if (!isNewerThan(model, 4, 6)) return undefined;
  const given = Object.entries({ temperature, top_p, top_k }).find(([, value]) => value !== undefined);
  return given && anthropicInvalid(`\`${given[0]}\` is deprecated for this model.`);
}

function stopSequencesAreNotBlank({ stop_sequences = [] }: MessagesRequest) {
  return stop_sequences.some((sequence) => sequence.trim() === "")
    ? anthropicInvalid("stop_sequences: each stop sequence must contain non-whitespace")
    : undefined;
}

function thinkingFits({ thinking, max_tokens, temperature, top_k, tool_choice, model }: MessagesRequest) {
  if (!thinking || thinking.type === "disabled") return undefined;
  if (thinking.type === "enabled") {
    if (isNewerThan(model, 4, 6)) {
      return anthropicInvalid(
        'thinking.type: "enabled" is not supported for this model. Use "adaptive" and `output_config.effort`.',
      );
    }
    if (thinking.budget_tokens >= max_tokens) {
      return anthropicInvalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
    }
  }
  if (thinking.type === "adaptive" && !isNewerThan(model, 4, 5)) {
    return anthropicInvalid(
      "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags: 'disabled', 'enabled'",
    );
  }
  if (temperature !== undefined && temperature !== 1) {
    return anthropicInvalid("`temperature` may only be set to 1 when thinking is enabled.");
  }
  if (top_k !== undefined) return anthropicInvalid("`top_k` must be unset when thinking is enabled.");
  if (tool_choice?.type === "any" || tool_choice?.type === "tool") {
    return anthropicInvalid("Thinking may not be enabled when tool_choice forces tool use.");
  }
  return undefined;
}

/** Content as blocks, whichever way it is written. */
export function blocksOf(message: Message): Exclude<Message["content"], string> {
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
}

/** Reads `claude-sonnet-4-6` and `claude-opus-4-20250514`; an older naming scheme counts as older. */
function isNewerThan(model: string, major: number, minor: number): boolean {
  const version = /^claude-[a-z]+-(\d+)(?:-(\d{1,2})(?!\d))?/.exec(model);
  if (!version) return false;
  const [found, foundMinor] = [Number(version[1]), Number(version[2] ?? 0)];
  return found > major || (found === major && foundMinor > minor);
}
