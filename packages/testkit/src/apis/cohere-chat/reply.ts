import type { Answer, Usage } from "../../answer.ts";
import { cutText, splitTokens } from "../../tokens.ts";
import { type ReplyContext, serverSentEvent } from "../api.ts";
import type { CohereChatRequest } from "./schema.ts";

const finishReasons: Readonly<Record<Answer["stop"], string>> = {
  end: "COMPLETE",
  length: "MAX_TOKENS",
  tools: "TOOL_CALL",
  "stop-sequence": "STOP_SEQUENCE",
  // The service has no reason of its own for a refusal.
  refusal: "ERROR",
};

type Part = { type: "thinking"; thinking: string } | { type: "text"; text: string };

export function cohereReply(_: CohereChatRequest, answer: Answer, context: ReplyContext): object {
  const content = parts(answer);
  return {
    id: replyId(context),
    message: {
      role: "assistant",
      ...(plan(answer) !== "" && { tool_plan: plan(answer) }),
      ...(content.length > 0 && { content }),
      ...(answer.toolCalls.length > 0 && {
        tool_calls: answer.toolCalls.map((call, index) => ({
          id: callId(context, index),
          type: "function",
          function: { name: call.name, arguments: call.arguments },
        })),
      }),
    },
    finish_reason: finishReasons[answer.stop],
    usage: cohereUsage(answer.usage),
  };
}

export function cohereStream(_: CohereChatRequest, answer: Answer, context: ReplyContext): string[] {
  const events: string[] = [];
  const add = (type: string, fields: object) => events.push(serverSentEvent({ type, ...fields }, type));
  const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  add("message-start", { id: replyId(context), delta: { message } });
  for (const [index, part] of parts(answer).entries()) {
    const opened = part.type === "text" ? { ...part, text: "" } : { ...part, thinking: "" };
    add("content-start", { index, delta: { message: { content: opened } } });
    const pieces = part.type === "text" ? part.text : part.thinking;
    for (const piece of splitTokens(pieces)) {
      const content = part.type === "text" ? { text: piece } : { thinking: piece };
      add("content-delta", { index, delta: { message: { content } } });
    }
    add("content-end", { index });
  }
  for (const piece of splitTokens(plan(answer))) {
    add("tool-plan-delta", { delta: { message: { tool_plan: piece } } });
  }
  for (const [index, call] of answer.toolCalls.entries()) {
    const opened = {
      id: callId(context, index),
      type: "function",
      function: { name: call.name, arguments: "" },
    };
    add("tool-call-start", { index, delta: { message: { tool_calls: opened } } });
    for (const piece of cutText(call.arguments, 5)) {
      const fragment = { function: { arguments: piece } };
      add("tool-call-delta", { index, delta: { message: { tool_calls: fragment } } });
    }
    add("tool-call-end", { index });
  }
  add("message-end", {
    delta: { finish_reason: finishReasons[answer.stop], usage: cohereUsage(answer.usage) },
  });
  return events;
}

/** The service says in a plan, not in text, why it calls tools. */
function plan({ text, toolCalls }: Answer): string {
  return toolCalls.length > 0 ? text : "";
}

function parts(answer: Answer): Part[] {
  const { reasoning, text, toolCalls } = answer;
  return [
    ...(reasoning === "" ? [] : [{ type: "thinking" as const, thinking: reasoning }]),
    ...(text === "" || toolCalls.length > 0 ? [] : [{ type: "text" as const, text }]),
  ];
}

function replyId(context: ReplyContext): string {
  return `00000000-0000-4000-8000-${String(context.sequence).padStart(12, "0")}`;
}

function callId(context: ReplyContext, index: number): string {
  return `call_${context.sequence}x${index}`;
}

/** What is billed leaves out what the service adds to a prompt; the counts are floats. */
function cohereUsage(usage: Usage): object {
  return {
    billed_units: { input_tokens: Math.max(0, usage.input - 2), output_tokens: usage.output },
    tokens: { input_tokens: usage.input, output_tokens: usage.output },
    cached_tokens: usage.cachedInput,
  };
}
