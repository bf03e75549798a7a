import { type Api, serverSentEvent, serverSentEvents } from "../api.ts";
import { openaiInvalid, openaiViolation } from "../openai-violations.ts";
import { chatFacts } from "./facts.ts";
import { chatReply, chatStream } from "./reply.ts";
import { findChatViolation } from "./rules.ts";
import { type ChatRequest, chatRequest } from "./schema.ts";

/** OpenAI chat completions. */
export const chatApi: Api<ChatRequest> = {
  framing: serverSentEvents,
  parse(body) {
    if (body === null || typeof body !== "object" || !("model" in body)) {
      return { ok: false, failure: openaiInvalid("you must provide a model parameter", null, null) };
    }
    const parsed = chatRequest.safeParse(body);
    if (!parsed.success) return { ok: false, failure: openaiViolation(parsed.error, body) };
    const failure = findChatViolation(parsed.data);
    return failure ? { ok: false, failure } : { ok: true, request: parsed.data };
  },
  facts: chatFacts,
  reply: chatReply,
  stream: chatStream,
  streamError: ({ message, type, param = null, code = null }) =>
    serverSentEvent({ error: { message, type, param, code } }),
};
