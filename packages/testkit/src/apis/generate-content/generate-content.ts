import type { Parsed } from "../../failure.ts";
import type { Api, Framing } from "../api.ts";
import { countInput, generateContentFacts } from "./facts.ts";
import { camelKeys } from "./keys.ts";
import { generateContentChunks, generateContentReply } from "./reply.ts";
import { findGenerateContentViolation } from "./rules.ts";
import { countRequest, type GenerateContentRequest, generateContentRequest } from "./schema.ts";
import { geminiInvalid, geminiViolation } from "./violations.ts";

/** What the path and the query say of a request. */
export interface Call {
  readonly model: string;
  readonly stream: boolean;
  /** `alt=sse`; otherwise a stream is one JSON list that grows. */
  readonly asEvents: boolean;
}

/** Gemini generateContent and streamGenerateContent. */
export function generateContentApi(call: Call): Api<GenerateContentRequest> {
  return {
    framing: call.asEvents ? events : list,
    parse: (body) => parse(body, call),
    facts: generateContentFacts,
    reply: generateContentReply,
    stream(request, answer, context) {
      const texts = generateContentChunks(request, answer, context).map((chunk) => JSON.stringify(chunk));
      if (call.asEvents) return texts.map(event);
      return [...texts.map((text, position) => `${position === 0 ? "[" : ",\r\n"}${text}`), "]"];
    },
    streamError({ status, message, type }) {
      const text = JSON.stringify({ error: { code: status, message, status: type } });
      return call.asEvents ? event(text) : `,\r\n${text}]`;
    },
  };
}

/** Checks the body of a count and counts. */
export function countTokens(body: unknown): Parsed<object> {
  const parsed = countRequest.safeParse(camelKeys(body));
  if (!parsed.success) return { ok: false, failure: geminiViolation(parsed.error, body) };
  const { contents, generateContentRequest: whole } = parsed.data;
  const counted = whole ?? (contents && { contents });
  if (!counted || (contents && whole)) {
    return {
      ok: false,
      failure: geminiInvalid("Exactly one of contents and generate_content_request must be set."),
    };
  }
  const totalTokens = countInput(counted);
  return {
    ok: true,
    request: { totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] },
  };
}

const events: Framing = {
  contentType: "text/event-stream",
  malformed: 'data: {"broken":\r\n\r\n',
};
const list: Framing = { contentType: "application/json; charset=UTF-8", malformed: ',{"broken":' };

/** The service ends its lines with CRLF. */
function event(text: string): string {
  return `data: ${text}\r\n\r\n`;
}

function parse(body: unknown, { model, stream }: Call): Parsed<GenerateContentRequest> {
  const named = camelKeys(body);
  const parsed = generateContentRequest.safeParse(named);
  if (!parsed.success) return { ok: false, failure: geminiViolation(parsed.error, named) };
  const request = { ...parsed.data, model, stream };
  const failure = findGenerateContentViolation(request);
  return failure ? { ok: false, failure } : { ok: true, request };
}
