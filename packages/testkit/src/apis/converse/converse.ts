import type { Failure, Parsed } from "../../failure.ts";
import type { Api } from "../api.ts";
import { brokenFrame, exceptionFrame } from "./event-stream.ts";
import { converseFacts, countInput } from "./facts.ts";
import { converseReply, converseStream } from "./reply.ts";
import { findConversationViolation, findConverseViolation } from "./rules.ts";
import { type ConverseRequest, converseRequest, countRequest } from "./schema.ts";
import { bedrockInvalid, bedrockViolation } from "./violations.ts";

/** Bedrock Converse and ConverseStream; the model and the choice between them come from the path. */
export function converseApi(call: {
  readonly model: string;
  readonly stream: boolean;
}): Api<ConverseRequest> {
  return {
    framing: { contentType: "application/vnd.amazon.eventstream", malformed: brokenFrame() },
    parse(body) {
      const parsed = converseRequest.safeParse(body);
      if (!parsed.success) return { ok: false, failure: bedrockViolation(parsed.error, body) };
      const request = { ...parsed.data, ...call };
      const failure = findConverseViolation(request);
      return failure ? { ok: false, failure } : { ok: true, request };
    },
    facts: converseFacts,
    reply: converseReply,
    stream: converseStream,
    streamError: (failure) => exceptionFrame(exceptionOf(failure), failure.message),
  };
}

/** Checks the body of a count and counts. */
export function countTokens(body: unknown): Parsed<object> {
  const parsed = countRequest.safeParse(body);
  if (!parsed.success) return { ok: false, failure: bedrockViolation(parsed.error, body) };
  const { converse } = parsed.data.input;
  if (!converse) return { ok: false, failure: bedrockInvalid("The invokeModel input is not supported.") };
  const failure = findConversationViolation(converse);
  return failure ? { ok: false, failure } : { ok: true, request: { inputTokens: countInput(converse) } };
}

/** The five exceptions that a stream can hold. */
function exceptionOf({ status }: Failure): string {
  switch (status) {
    case 400:
      return "validationException";
    case 424:
      return "modelStreamErrorException";
    case 429:
      return "throttlingException";
    case 503:
      return "serviceUnavailableException";
    default:
      return "internalServerException";
  }
}
