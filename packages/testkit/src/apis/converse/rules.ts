import type { Failure } from "../../failure.ts";
import { isSeal } from "../../seal.ts";
import { findModelViolation } from "./model-rules.ts";
import type { Block, ConverseBody, ConverseRequest, Message } from "./schema.ts";
import { bedrockInvalid } from "./violations.ts";

/** What the rules look at; a count has no more than this. */
export type Conversation = Pick<ConverseBody, "messages" | "system" | "toolConfig">;
type Rule = (request: Conversation) => Failure | undefined;

/** What the service refuses in a conversation although each field is well formed. */
export function findConversationViolation(request: Conversation): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

/** What the service and the model refuse. */
export function findConverseViolation(request: ConverseRequest): Failure | undefined {
  return findConversationViolation(request) ?? findModelViolation(request);
}

const rules: readonly Rule[] = [
  rolesTakeTurns,
  contentIsNotBlank,
  blocksFitTheirRole,
  documentsAreNamed,
  toolBlocksNeedConfig,
  resultsFollowUses,
  reasoningIsUntouched,
  toolNamesAreUnique,
  chosenToolExists,
  fewCachePoints,
];

function rolesTakeTurns({ messages }: Conversation) {
  if (messages[0]?.role !== "user") {
    return bedrockInvalid(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  const repeated = messages.findIndex((message, at) => message.role === messages[at - 1]?.role);
  return repeated < 0
    ? undefined
    : bedrockInvalid(
        `A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again. (messages.${repeated})`,
      );
}

function contentIsNotBlank({ messages, system = [] }: Conversation) {
  for (const [position, { content }] of messages.entries()) {
    if (content.length === 0) {
      return bedrockInvalid(
        `The content field in the Message object at messages.${position} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    }
    for (const [at, block] of content.entries()) {
      const texts = [block.text, ...(block.toolResult?.content ?? []).map((part) => part.text)];
      if (texts.some((text) => text !== undefined && text.trim() === "")) {
        return bedrockInvalid(
          `The text field in the ContentBlock object at messages.${position}.content.${at} is blank. Add text to the text field, and try again.`,
        );
      }
    }
  }
  const blank = system.findIndex((block) => block.text !== undefined && block.text.trim() === "");
  return blank < 0
    ? undefined
    : bedrockInvalid(
        `The text field in the SystemContentBlock object at system.${blank} is blank. Add text to the text field, and try again.`,
      );
}

const userOnly = ["image", "document", "video", "audio", "toolResult"] as const;
const assistantOnly = ["toolUse", "reasoningContent"] as const;

function blocksFitTheirRole({ messages }: Conversation) {
  for (const [position, { role, content }] of messages.entries()) {
    const wrong = role === "assistant" ? userOnly : assistantOnly;
    const at = content.findIndex((block) => wrong.some((name) => block[name] !== undefined));
    if (at >= 0) {
      return bedrockInvalid(
        `The ${Object.keys(content[at] ?? {})[0]} block at messages.${position}.content.${at} is not allowed in a turn of the role ${role}.`,
      );
    }
  }
  return undefined;
}

function documentsAreNamed({ messages }: Conversation) {
  const names = new Set<string>();
  for (const [position, { content }] of messages.entries()) {
    for (const { document } of content) {
      if (!document) continue;
      if (!/^[\p{L}\p{N} ()[\]-]+$/u.test(document.name) || /\s{2}/.test(document.name)) {
        return bedrockInvalid(
          "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
        );
      }
      if (names.has(document.name)) {
        return bedrockInvalid(
          `The model returned the following errors: messages.${position}: Duplicate document names are not allowed: ${document.name}`,
        );
      }
      names.add(document.name);
      if (!content.some((block) => block.text !== undefined)) {
        return bedrockInvalid(
          `A document requires a text block beside it: messages.${position} has none. Add a text block and try again.`,
        );
      }
    }
  }
  return undefined;
}

function toolBlocksNeedConfig({ messages, toolConfig }: Conversation) {
  const used = messages.some(({ content }) => content.some((block) => block.toolUse ?? block.toolResult));
  return used && !toolConfig
    ? bedrockInvalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    : undefined;
}

/** The turn after tool uses holds a result for each of them, and for nothing else. */
function resultsFollowUses({ messages }: Conversation) {
  for (const [position, message] of messages.entries()) {
    const previous = messages[position - 1];
    const asked = previous ? usesOf(previous) : [];
    const given = message.content.flatMap((block) => block.toolResult?.toolUseId ?? []);
    if (given.length > asked.length) {
      return bedrockInvalid(
        `The number of toolResult blocks at messages.${position}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    }
    const missing = asked.filter((id) => !given.includes(id));
    if (missing.length > 0) {
      return bedrockInvalid(
        `Expected toolResult blocks at messages.${position}.content for the following Ids: ${missing.join(", ")}`,
      );
    }
    const uses = usesOf(message);
    if (new Set(uses).size !== uses.length) {
      return bedrockInvalid(`The toolUse blocks at messages.${position}.content contain duplicate Ids.`);
    }
  }
  const open = usesOf(messages.at(-1));
  return open.length === 0
    ? undefined
    : bedrockInvalid(
        `Expected toolResult blocks at messages.${messages.length}.content for the following Ids: ${open.join(", ")}`,
      );
}

function usesOf(message: Message | undefined): string[] {
  return (message?.content ?? []).flatMap((block) => block.toolUse?.toolUseId ?? []);
}

function reasoningIsUntouched({ messages }: Conversation) {
  for (const [position, { content }] of messages.entries()) {
    for (const [at, block] of content.entries()) {
      if (isOurs(block)) continue;
      return bedrockInvalid(
        `The model returned the following errors: messages.${position}.content.${at}: Invalid \`signature\` in \`thinking\` block`,
      );
    }
  }
  return undefined;
}

function isOurs({ reasoningContent }: Block): boolean {
  if (!reasoningContent) return true;
  const { reasoningText, redactedContent } = reasoningContent;
  if (redactedContent !== undefined) return isSeal("redacted", redactedContent);
  return isSeal("thinking", reasoningText?.signature ?? "", reasoningText?.text);
}

function specsOf({ toolConfig }: Conversation): string[] {
  return (toolConfig?.tools ?? []).flatMap((tool) => tool.toolSpec?.name ?? []);
}

function toolNamesAreUnique(request: Conversation) {
  const names = specsOf(request);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined
    ? undefined
    : bedrockInvalid(`The tool name ${twice} is not unique in toolConfig.tools.`);
}

function chosenToolExists(request: Conversation) {
  const name = request.toolConfig?.toolChoice?.tool?.name;
  return name === undefined || specsOf(request).includes(name)
    ? undefined
    : bedrockInvalid(`The tool ${name} in toolChoice is not defined in toolConfig.tools.`);
}

function fewCachePoints(request: Conversation) {
  const found = JSON.stringify(request).match(/"cachePoint":\{/g)?.length ?? 0;
  return found > 4
    ? bedrockInvalid(`You've exceeded the maximum number of cache points: 4 are allowed, found ${found}.`)
    : undefined;
}
