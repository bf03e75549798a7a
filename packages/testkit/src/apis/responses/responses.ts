import { type Api, serverSentEvent, serverSentEvents } from "../api.ts";
import { openaiViolation } from "../openai-violations.ts";
import { responsesFacts } from "./facts.ts";
import { ending, outputItems, responseObject } from "./output.ts";
import { findResponsesViolation } from "./rules.ts";
import { type ResponsesRequest, responsesRequest } from "./schema.ts";
import { responsesStream } from "./stream.ts";

/** OpenAI responses. */
export const responsesApi: Api<ResponsesRequest> = {
  framing: serverSentEvents,
  parse(body) {
    const parsed = responsesRequest.safeParse(body);
    if (!parsed.success) return { ok: false, failure: openaiViolation(parsed.error, body) };
    const failure = findResponsesViolation(parsed.data);
    return failure ? { ok: false, failure } : { ok: true, request: parsed.data };
  },
  facts: responsesFacts,
  reply: (request, answer, context) =>
    responseObject(request, context, {
      ...ending(answer),
      output: outputItems(request, answer, context),
      usage: answer.usage,
    }),
  stream: responsesStream,
  streamError: ({ message, code = "server_error", param = null }) =>
    serverSentEvent({ type: "error", code, message, param, sequence_number: 0 }, "error"),
};
