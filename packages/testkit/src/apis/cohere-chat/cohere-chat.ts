import { type Api, serverSentEvent, serverSentEvents } from "../api.ts";
import { cohereFacts } from "./facts.ts";
import { cohereReply, cohereStream } from "./reply.ts";
import { findCohereViolation } from "./rules.ts";
import { type CohereChatRequest, cohereChatRequest } from "./schema.ts";
import { cohereViolation } from "./violations.ts";

/** Cohere chat, version 2. */
export const cohereChatApi: Api<CohereChatRequest> = {
  framing: serverSentEvents,
  parse(body) {
    const parsed = cohereChatRequest.safeParse(body);
    if (!parsed.success) return { ok: false, failure: cohereViolation(parsed.error, body) };
    const failure = findCohereViolation(parsed.data);
    return failure ? { ok: false, failure } : { ok: true, request: parsed.data };
  },
  facts: cohereFacts,
  reply: cohereReply,
  stream: cohereStream,
  streamError: ({ message }) =>
    serverSentEvent(
      { type: "message-end", delta: { finish_reason: "ERROR", error: message } },
      "message-end",
    ),
};
