import type { IncomingHttpHeaders } from "node:http";
import type { Parsed } from "../../failure.ts";
import { type Api, serverSentEvent, serverSentEvents } from "../api.ts";
import { messagesFacts } from "./facts.ts";
import { messagesReply, messagesStream } from "./reply.ts";
import { findConversationViolation, findMessagesViolation } from "./rules.ts";
import { type CountRequest, countRequest, type MessagesRequest, messagesRequest } from "./schema.ts";
import { findVersionViolation } from "./version.ts";
import { anthropicViolation } from "./violations.ts";

/** Anthropic messages. */
export const messagesApi: Api<MessagesRequest> = {
  framing: serverSentEvents,
  parse(body, headers) {
    const parsed = messagesRequest.safeParse(body);
    if (!parsed.success) return { ok: false, failure: anthropicViolation(parsed.error, body) };
    const failure =
      findVersionViolation(parsed.data, headers["anthropic-version"]) ?? findMessagesViolation(parsed.data);
    return failure ? { ok: false, failure } : { ok: true, request: parsed.data };
  },
  facts: messagesFacts,
  reply: messagesReply,
  stream: messagesStream,
  streamError: ({ message, type }) => serverSentEvent({ type: "error", error: { type, message } }, "error"),
};

/** Checks the body of a count, which takes less than a message does. */
export function parseCountRequest(body: unknown, headers: IncomingHttpHeaders): Parsed<CountRequest> {
  const parsed = countRequest.safeParse(body);
  if (!parsed.success) return { ok: false, failure: anthropicViolation(parsed.error, body) };
  const failure =
    findVersionViolation(parsed.data, headers["anthropic-version"]) ?? findConversationViolation(parsed.data);
  return failure ? { ok: false, failure } : { ok: true, request: parsed.data };
}
