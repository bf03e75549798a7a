import type { IncomingHttpHeaders } from "node:http";
import { countInput } from "../apis/messages/facts.ts";
import { messagesApi, parseCountRequest } from "../apis/messages/messages.ts";
import { isKnownVersion } from "../apis/messages/version.ts";
import { anthropicInvalid } from "../apis/messages/violations.ts";
import type { Failure, Parsed } from "../failure.ts";
import { type Endpoint, generate, retryAfterHeader, type Service } from "./service.ts";

const endpoints: Readonly<Record<string, ReadonlyMap<string, Endpoint>>> = {
  "/v1/messages": new Map([["POST", generate(messagesApi)]]),
  "/v1/messages/count_tokens": new Map<string, Endpoint>([
    ["POST", { kind: "compute", compute: countTokens }],
  ]),
};

/** `api.anthropic.com`: messages, token counts, models. */
export const anthropicService: Service = {
  find(path, models) {
    if (path === "/v1/models") {
      return new Map([["GET", { kind: "read", read: (query) => listModels(models, query) }]]);
    }
    const id = /^\/v1\/models\/([^/]+)$/.exec(path)?.[1];
    if (id !== undefined) return new Map([["GET", { kind: "read", read: () => findModel(models, id) }]]);
    return Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  },

  authenticate({ headers }, keys) {
    const key = headers["x-api-key"] ?? bearerToken(headers.authorization);
    if (key === undefined) return authenticationError("x-api-key header is required");
    if (typeof key !== "string" || !keys.includes(key)) return authenticationError("invalid x-api-key");
    const version = headers["anthropic-version"];
    if (version === undefined) return anthropicInvalid("anthropic-version: header is required");
    if (!isKnownVersion(version)) {
      return anthropicInvalid(`anthropic-version: "${String(version)}" is not a valid version`);
    }
    return undefined;
  },

  unknownPath: () => ({ status: 404, type: "not_found_error", message: "Not found" }),
  wrongMethod: () => ({ status: 405, type: "invalid_request_error", message: "Method Not Allowed" }),
  wrongContentType: () => anthropicInvalid("Content type must be application/json"),
  invalidJson: () => anthropicInvalid("The request body is not valid JSON"),
  unknownModel,
  failureFor(status, retryAfter) {
    const [type, message] = failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ["", ""];
    return { status, type, message, ...retryAfterHeader(retryAfter) };
  },
  errorBody: ({ type, message }, requestId) => ({
    type: "error",
    error: { type, message },
    request_id: requestId,
  }),
  headers: (requestId) => ({
    "request-id": requestId,
    "anthropic-organization-id": "stand-in",
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
  }),
};

const failures: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["invalid_request_error", "The request is not acceptable."],
  401: ["authentication_error", "invalid x-api-key"],
  402: ["billing_error", "Your credit balance is too low to access the Anthropic API."],
  403: ["permission_error", "Your API key does not have permission to use the specified resource."],
  404: ["not_found_error", "The requested resource could not be found."],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: ["rate_limit_error", "This request would exceed your account's rate limit. Please try again later."],
  500: ["api_error", "Internal server error"],
  504: ["timeout_error", "The request timed out."],
  529: ["overloaded_error", "Overloaded"],
};

/** The current SDK sends every key as Bearer; `x-api-key` goes first when both are there. */
function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
}

function authenticationError(message: string): Failure {
  return { status: 401, type: "authentication_error", message };
}

function unknownModel(model: string): Failure {
  return { status: 404, type: "not_found_error", message: `model: ${model}` };
}

function countTokens(body: unknown, headers: IncomingHttpHeaders): Parsed<object> {
  const parsed = parseCountRequest(body, headers);
  return parsed.ok ? { ok: true, request: { input_tokens: countInput(parsed.request) } } : parsed;
}

function modelObject(id: string) {
  return { type: "model", id, display_name: id, created_at: "2025-02-19T00:00:00Z" };
}

function listModels(models: readonly string[], query: URLSearchParams): Parsed<object> {
  const limit = Number(query.get("limit") ?? "20");
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    return { ok: false, failure: anthropicInvalid("limit: Input should be between 1 and 1000") };
  }
  const after = query.get("after_id");
  const start = after === null ? 0 : models.indexOf(after) + 1;
  const page = models.slice(start, start + limit).map(modelObject);
  return {
    ok: true,
    request: {
      data: page,
      has_more: start + limit < models.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    },
  };
}

function findModel(models: readonly string[], id: string): Parsed<object> {
  return models.includes(id)
    ? { ok: true, request: modelObject(id) }
    : { ok: false, failure: unknownModel(id) };
}
