import type { Answer, Usage } from "../../answer.ts";
import { seal } from "../../seal.ts";
import { cutText, splitTokens } from "../../tokens.ts";
import type { ReplyContext } from "../api.ts";
import { eventFrame } from "./event-stream.ts";
import type { ConverseRequest } from "./schema.ts";

const stopReasons: Readonly<Record<Answer["stop"], string>> = {
  end: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  "stop-sequence": "stop_sequence",
  refusal: "content_filtered",
};

export function converseReply(request: ConverseRequest, answer: Answer, context: ReplyContext): object {
  return {
    metrics: { latencyMs: 5 },
    output: { message: { content: blocks(answer, context), role: "assistant" } },
    stopReason: stopReasons[answer.stop],
    usage: tokenUsage(answer.usage),
    ...responseFields(request, answer),
  };
}

export function converseStream(
  request: ConverseRequest,
  answer: Answer,
  context: ReplyContext,
): Uint8Array[] {
  const frames = [eventFrame("messageStart", { role: "assistant" })];
  const parts: { start?: object; deltas: object[] }[] = [];
  if (answer.reasoning !== "") parts.push({ deltas: reasoningDeltas(answer.reasoning) });
  if (answer.text !== "") parts.push({ deltas: splitTokens(answer.text).map((text) => ({ text })) });
  for (const [index, call] of answer.toolCalls.entries()) {
    parts.push({
      start: { toolUse: { name: call.name, toolUseId: toolUseId(context, index) } },
      deltas: cutText(call.arguments === "" ? "{}" : call.arguments, 5).map((input) => ({
        toolUse: { input },
      })),
    });
  }
  for (const [contentBlockIndex, { start, deltas }] of parts.entries()) {
    if (start) frames.push(eventFrame("contentBlockStart", { contentBlockIndex, start }));
    for (const delta of deltas) frames.push(eventFrame("contentBlockDelta", { contentBlockIndex, delta }));
    frames.push(eventFrame("contentBlockStop", { contentBlockIndex }));
  }
  frames.push(
    eventFrame("messageStop", { stopReason: stopReasons[answer.stop], ...responseFields(request, answer) }),
    eventFrame("metadata", { metrics: { latencyMs: 5 }, usage: tokenUsage(answer.usage) }),
  );
  return frames;
}

function blocks(answer: Answer, context: ReplyContext): object[] {
  return [
    ...(answer.reasoning === ""
      ? []
      : [
          {
            reasoningContent: {
              reasoningText: { signature: seal("thinking", answer.reasoning), text: answer.reasoning },
            },
          },
        ]),
    ...(answer.text === "" ? [] : [{ text: answer.text }]),
    ...answer.toolCalls.map((call, index) => ({
      toolUse: {
        input: JSON.parse(call.arguments === "" ? "{}" : call.arguments) as unknown,
        name: call.name,
        toolUseId: toolUseId(context, index),
      },
    })),
  ];
}

function reasoningDeltas(text: string): object[] {
  return [
    ...splitTokens(text).map((piece) => ({ reasoningContent: { text: piece } })),
    { reasoningContent: { signature: seal("thinking", text) } },
  ];
}

/** The one field of the model's own reply that callers ask for. */
function responseFields({ additionalModelResponseFieldPaths: paths = [] }: ConverseRequest, answer: Answer) {
  return paths.includes("/stop_sequence")
    ? { additionalModelResponseFields: { stop_sequence: answer.stopSequence } }
    : {};
}

function toolUseId(context: ReplyContext, index: number): string {
  return `tooluse_${context.sequence}x${index}`;
}

/** Here input leaves out what was read from or written to the cache; the total has all of it. */
function tokenUsage(usage: Usage): object {
  return {
    inputTokens: usage.input - usage.cachedInput - usage.cacheWrite,
    outputTokens: usage.output,
    totalTokens: usage.input + usage.output,
    cacheReadInputTokens: usage.cachedInput,
    cacheWriteInputTokens: usage.cacheWrite,
  };
}
