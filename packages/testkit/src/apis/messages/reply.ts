import type { Answer, Usage } from "../../answer.ts";
import { seal } from "../../seal.ts";
import { cutText, splitTokens } from "../../tokens.ts";
import { type ReplyContext, serverSentEvent } from "../api.ts";
import type { MessagesRequest } from "./schema.ts";

const stopReasons: Readonly<Record<Answer["stop"], string>> = {
  end: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  "stop-sequence": "stop_sequence",
  refusal: "refusal",
};

type Block =
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: unknown };

export function messagesReply(request: MessagesRequest, answer: Answer, context: ReplyContext): object {
  return {
    ...envelope(request, context),
    content: blocks(answer, context),
    stop_reason: stopReasons[answer.stop],
    stop_sequence: answer.stopSequence,
    usage: { ...inputUsage(answer.usage), output_tokens: answer.usage.output, service_tier: "standard" },
  };
}

export function messagesStream(request: MessagesRequest, answer: Answer, context: ReplyContext): string[] {
  const events: { type: string }[] = [
    {
      type: "message_start",
      message: {
        ...envelope(request, context),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...inputUsage(answer.usage), output_tokens: 1, service_tier: "standard" },
      },
    } as { type: string },
  ];
  const add = (event: { type: string; [field: string]: unknown }) => events.push(event);
  for (const [index, block] of blocks(answer, context).entries()) {
    add({ type: "content_block_start", index, content_block: opened(block) });
    if (index === 0) add({ type: "ping" });
    for (const delta of deltas(block, answer)) add({ type: "content_block_delta", index, delta });
    add({ type: "content_block_stop", index });
  }
  add({
    type: "message_delta",
    delta: { stop_reason: stopReasons[answer.stop], stop_sequence: answer.stopSequence },
    usage: { ...inputUsage(answer.usage), output_tokens: answer.usage.output },
  });
  add({ type: "message_stop" });
  return events.map((event) => serverSentEvent(event, event.type));
}

function blocks(answer: Answer, context: ReplyContext): Block[] {
  const list: Block[] = [];
  if (answer.reasoning !== "") {
    const signature = seal("thinking", answer.reasoning);
    list.push({ type: "thinking", thinking: answer.reasoning, signature });
  }
  if (answer.text !== "") list.push({ type: "text", text: answer.text });
  for (const [index, call] of answer.toolCalls.entries()) {
    const input: unknown = JSON.parse(call.arguments === "" ? "{}" : call.arguments);
    list.push({ type: "tool_use", id: `toolu_${context.sequence}x${index}`, name: call.name, input });
  }
  return list;
}

function opened(block: Block): Block {
  switch (block.type) {
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "text":
      return { type: "text", text: "" };
    case "tool_use":
      return { ...block, input: {} };
  }
}

function deltas(block: Block, answer: Answer): object[] {
  switch (block.type) {
    case "thinking":
      return [
        ...splitTokens(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block.signature },
      ];
    case "text":
      return splitTokens(block.text).map((text) => ({ type: "text_delta", text }));
    case "tool_use": {
      const index = Number(block.id.split("x").at(-1));
      const written = answer.toolCalls[index]?.arguments ?? "";
      // The service opens with an empty fragment.
      return ["", ...cutText(written, 5)].map((partial) => ({
        type: "input_json_delta",
        partial_json: partial,
      }));
    }
  }
}

function envelope(request: MessagesRequest, context: ReplyContext) {
  return { id: `msg_${context.sequence}`, type: "message", role: "assistant", model: request.model };
}

/** Here input leaves out what was read from or written to the cache. */
function inputUsage(usage: Usage) {
  return {
    input_tokens: usage.input - usage.cachedInput - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cachedInput,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
  };
}
