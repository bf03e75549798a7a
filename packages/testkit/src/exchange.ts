import { type AnswerDraft, completeAnswer, draftAnswer, type Facts } from "./answer.ts";
import type { Api, ReplyContext } from "./apis/api.ts";
import type { Delivery, Reply } from "./delivery.ts";
import type { Failure } from "./failure.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { findScenario } from "./scenarios.ts";
import type { Service } from "./services/service.ts";

/** What a test wants done with a request; what it leaves out happens as usual. */
export interface Directive {
  readonly draft?: AnswerDraft;
  readonly delivery?: Delivery;
}

/** Decides for each request; undefined leaves it to the scenario, or to the usual answer. */
export type Handler = (facts: Facts, request: ReceivedRequest) => Directive | undefined;

export interface Situation {
  readonly service: Service;
  readonly keys: readonly string[];
  readonly models: readonly string[];
  readonly handler: Handler | undefined;
  readonly requestId: string;
  readonly context: ReplyContext;
  /** Unix milliseconds. */
  readonly now: number;
}

/** A reply and the way it is to be sent. */
export interface Decision {
  readonly reply: Reply;
  readonly delivery: Delivery;
}

/** Decides what a request gets, without sending anything. */
export function decide(request: ReceivedRequest, situation: Situation): Decision {
  const { service, models, keys, requestId } = situation;
  const methods = service.find(request.path, models, request.query);
  if (!methods) return refuse(service.unknownPath(request.method, request.path), situation);
  const endpoint = methods.get(request.method);
  if (!endpoint) return refuse(service.wrongMethod(request.method, request.path), situation);
  const unwelcome = service.authenticate(request, keys, situation.now);
  if (unwelcome) return refuse(unwelcome, situation);

  if (endpoint.kind === "read") {
    const result = endpoint.read(request.query);
    return result.ok
      ? plain(jsonReply(200, result.request, service, requestId))
      : refuse(result.failure, situation);
  }
  const contentType = request.headers["content-type"];
  if (!/^application\/json(\s*;|$)/i.test(contentType ?? "")) {
    return refuse(service.wrongContentType(contentType), situation);
  }
  if (request.json === undefined) return refuse(service.invalidJson(), situation);
  if (endpoint.kind === "compute") {
    const result = endpoint.compute(request.json, request.headers);
    if (!result.ok) return refuse(result.failure, situation);
    return plain(jsonReply(200, result.request, service, requestId));
  }
  return generate(endpoint.api, request, situation);
}

function generate(api: Api<unknown>, received: ReceivedRequest, situation: Situation): Decision {
  const { service, models, handler, context, requestId } = situation;
  const parsed = api.parse(received.json, received.headers);
  if (!parsed.ok) return refuse(parsed.failure, situation);
  const facts = api.facts(parsed.request);
  const scenario = findScenario(facts.model);
  if (!scenario && !models.includes(facts.model)) return refuse(service.unknownModel(facts.model), situation);

  const directive = handler?.(facts, received);
  const delivery = directive?.delivery ?? scenario?.delivery ?? {};
  const failure = service.failureFor(delivery.status ?? 500, delivery.retryAfter);
  if (delivery.status !== undefined && delivery.status >= 400) return refuse(failure, situation, delivery);

  const draft = directive?.draft ?? scenario?.draft?.(facts) ?? draftAnswer(facts);
  const answer = completeAnswer(draft, facts);
  const headers = service.headers(requestId);
  const reply: Reply = facts.stream
    ? {
        status: 200,
        headers: {
          ...headers,
          "content-type": api.framing.contentType,
          "cache-control": "no-cache",
        },
        chunks: api.stream(parsed.request, answer, context),
        errorChunk: api.streamError(failure),
        malformedChunk: api.framing.malformed,
      }
    : jsonReply(200, api.reply(parsed.request, answer, context), service, requestId);
  return { reply, delivery };
}

function refuse(failure: Failure, situation: Situation, delivery: Delivery = {}): Decision {
  const { service, requestId } = situation;
  const usual = jsonReply(failure.status, service.errorBody(failure, requestId), service, requestId);
  const headers = { ...usual.headers, ...failure.headers };
  const { rawBody } = delivery;
  const reply = rawBody
    ? { ...usual, headers: { ...headers, "content-type": rawBody.type }, chunks: [rawBody.text] }
    : { ...usual, headers };
  return { reply: withLength(reply), delivery };
}

function plain(reply: Reply): Decision {
  return { reply, delivery: {} };
}

function jsonReply(status: number, body: object, service: Service, requestId: string): Reply {
  return withLength({
    status,
    headers: { ...service.headers(requestId), "content-type": "application/json" },
    chunks: [JSON.stringify(body)],
    errorChunk: "",
    malformedChunk: "",
  });
}

function withLength(reply: Reply): Reply {
  const length = reply.chunks.reduce((sum, chunk) => sum + Buffer.from(chunk).length, 0);
  return { ...reply, headers: { ...reply.headers, "content-length": String(length) } };
}
