import type { Answer, ToolCall, Usage } from "../../answer.ts";
import { cutText, splitTokens } from "../../tokens.ts";
import { type ReplyContext, serverSentEvent } from "../api.ts";
import type { ChatRequest } from "./schema.ts";

const finishReasons: Readonly<Record<Answer["stop"], string>> = {
  end: "stop",
  length: "length",
  tools: "tool_calls",
  "stop-sequence": "stop",
  refusal: "content_filter",
};

export function chatReply(request: ChatRequest, answer: Answer, context: ReplyContext): object {
  const message = {
    role: "assistant",
    content: answer.text === "" && answer.toolCalls.length > 0 ? null : answer.text,
    refusal: null,
    annotations: [],
    ...reasoningField(answer.reasoning),
    ...(answer.toolCalls.length > 0 && {
      tool_calls: answer.toolCalls.map((call, index) => ({ id: callId(context, index), ...callBody(call) })),
    }),
  };
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) => ({
    index,
    message,
    logprobs: null,
    finish_reason: finishReasons[answer.stop],
  }));
  return { ...envelope(request, context, "chat.completion"), choices, usage: chatUsage(answer.usage) };
}

export function chatStream(request: ChatRequest, answer: Answer, context: ReplyContext): string[] {
  const wantsUsage = request.stream_options?.include_usage === true;
  const chunk = (choices: object[], usage: object | null = null) =>
    serverSentEvent({
      ...envelope(request, context, "chat.completion.chunk"),
      choices,
      ...(wantsUsage && { usage }),
    });
  const events: string[] = [];
  for (let index = 0; index < (request.n ?? 1); index += 1) {
    const delta = (value: object, finish: string | null = null) =>
      events.push(chunk([{ index, delta: value, logprobs: null, finish_reason: finish }]));
    const content = answer.toolCalls.length > 0 && answer.text === "" ? null : "";
    delta({ role: "assistant", content, refusal: null });
    for (const token of splitTokens(answer.reasoning)) delta(reasoningField(token));
    for (const token of splitTokens(answer.text)) delta({ content: token });
    for (const [position, call] of answer.toolCalls.entries()) {
      for (const value of callDeltas(call, position, context)) delta({ tool_calls: [value] });
    }
    delta({}, finishReasons[answer.stop]);
  }
  if (wantsUsage) events.push(chunk([], chatUsage(answer.usage)));
  events.push(serverSentEvent("[DONE]"));
  return events;
}

/** How services that show their reasoning on this API do it; OpenAI's own never shows it. */
function reasoningField(text: string): { reasoning_content?: string } {
  return text === "" ? {} : { reasoning_content: text };
}

function callDeltas(call: ToolCall, index: number, context: ReplyContext): object[] {
  const first = { index, id: callId(context, index), ...callBody({ ...call, arguments: "" }) };
  const rest = cutText(call.arguments, 5).map((piece) =>
    call.kind === "custom" ? { index, custom: { input: piece } } : { index, function: { arguments: piece } },
  );
  return [first, ...rest];
}

function callBody(call: ToolCall): object {
  return call.kind === "custom"
    ? { type: "custom", custom: { name: call.name, input: call.arguments } }
    : { type: "function", function: { name: call.name, arguments: call.arguments } };
}

function callId(context: ReplyContext, index: number): string {
  return `call_${context.sequence}x${index}`;
}

function envelope(request: ChatRequest, context: ReplyContext, object: string) {
  return {
    id: `chatcmpl-${context.sequence}`,
    object,
    created: context.createdAt,
    model: request.model,
    service_tier: "default",
    system_fingerprint: "fp_standin",
  };
}

function chatUsage(usage: Usage): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cachedInput, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
