import { chatApi } from "../apis/chat/chat.ts";
import { openaiInvalid } from "../apis/openai-violations.ts";
import { responsesApi } from "../apis/responses/responses.ts";
import type { Failure, Parsed } from "../failure.ts";
import { type Endpoint, generate, retryAfterHeader, type Service } from "./service.ts";

const endpoints: Readonly<Record<string, ReadonlyMap<string, Endpoint>>> = {
  "/v1/chat/completions": new Map([["POST", generate(chatApi)]]),
  "/v1/responses": new Map([["POST", generate(responsesApi)]]),
};

/** `api.openai.com`: chat completions, responses, models. */
export const openaiService: Service = {
  find(path, models) {
    if (path === "/v1/models") {
      return new Map([["GET", { kind: "read", read: () => ({ ok: true, request: modelList(models) }) }]]);
    }
    const id = /^\/v1\/models\/(.+)$/.exec(path)?.[1];
    if (id !== undefined) return new Map([["GET", { kind: "read", read: () => findModel(models, id) }]]);
    return Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  },

  authenticate({ headers }, keys) {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) {
      return {
        status: 401,
        type: "invalid_request_error",
        message:
          "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        param: null,
        code: null,
      };
    }
    if (keys.includes(token)) return undefined;
    return {
      status: 401,
      type: "invalid_request_error",
      message: `Incorrect API key provided: ${token.slice(0, 3)}***.`,
      param: null,
      code: "invalid_api_key",
    };
  },

  unknownPath: (method, path) => ({
    ...openaiInvalid(`Invalid URL (${method} ${path})`, null, null),
    status: 404,
  }),
  wrongMethod: (method, path) => ({
    ...openaiInvalid(
      `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
      null,
      "method_not_supported",
    ),
    status: 405,
  }),
  wrongContentType: (type) =>
    openaiInvalid(
      `Unsupported content type: '${type ?? ""}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${type ?? ""}'. Please try again with a supported content type.`,
      null,
      "unsupported_content_type",
    ),
  invalidJson: () =>
    openaiInvalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
      null,
      null,
    ),
  unknownModel,
  failureFor(status, retryAfter) {
    const [type, code, message] = failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ["", null, ""];
    return { status, type, code, message, param: null, ...retryAfterHeader(retryAfter) };
  },
  errorBody: ({ message, type, param = null, code = null }) => ({ error: { message, type, param, code } }),
  headers: (requestId) => ({
    "x-request-id": requestId,
    "openai-organization": "stand-in",
    "openai-processing-ms": "5",
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-remaining-requests": "9999",
  }),
};

const failures: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ["invalid_request_error", null, "The request is not acceptable."],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-***."],
  403: [
    "invalid_request_error",
    "unsupported_country_region_territory",
    "Country, region, or territory not supported",
  ],
  404: [
    "invalid_request_error",
    "model_not_found",
    "The model does not exist or you do not have access to it.",
  ],
  413: ["invalid_request_error", "request_too_large", "The request body is too large."],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again later."],
  500: ["server_error", null, "The server had an error while processing your request. Sorry about that!"],
  503: ["server_error", null, "The engine is currently overloaded, please try again later."],
};

function unknownModel(model: string): Failure {
  return {
    ...openaiInvalid(
      `The model \`${model}\` does not exist or you do not have access to it.`,
      null,
      "model_not_found",
    ),
    status: 404,
  };
}

function modelObject(id: string): object {
  return { id, object: "model", created: 1_715_367_049, owned_by: "system" };
}

function modelList(models: readonly string[]): object {
  return { object: "list", data: models.map(modelObject) };
}

function findModel(models: readonly string[], id: string): Parsed<object> {
  return models.includes(id)
    ? { ok: true, request: modelObject(id) }
    : { ok: false, failure: unknownModel(id) };
}
