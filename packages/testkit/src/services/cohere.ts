import { cohereChatApi } from "../apis/cohere-chat/cohere-chat.ts";
import { cohereInvalid } from "../apis/cohere-chat/violations.ts";
import type { Failure, Parsed } from "../failure.ts";
import { type Endpoint, generate, retryAfterHeader, type Service } from "./service.ts";

const chat: ReadonlyMap<string, Endpoint> = new Map([["POST", generate(cohereChatApi)]]);

/** `api.cohere.com`: chat, models. */
export const cohereService: Service = {
  find(path, models) {
    if (path === "/v2/chat") return chat;
    if (path !== "/v1/models") return undefined;
    return new Map([["GET", { kind: "read", read: (query) => listModels(models, query) }]]);
  },

  authenticate({ headers }, keys) {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return failure(401, "no api key supplied");
    return keys.includes(token) ? undefined : failure(401, "invalid api token");
  },

  unknownPath: (_, path) => failure(404, `${path} not found`),
  wrongMethod: () => failure(405, "method not allowed"),
  wrongContentType: () => failure(415, "unsupported media type"),
  invalidJson: () => cohereInvalid("the request body is not valid JSON"),
  unknownModel: (model) =>
    failure(
      404,
      `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
    ),
  failureFor: (status, retryAfter) => ({
    ...failure(status, failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ""),
    ...retryAfterHeader(retryAfter),
  }),
  errorBody: ({ message }, requestId) => ({ id: requestId, message }),
  headers: () => ({ "x-api-warning": "stand-in", "x-debug-trace-id": "0" }),
};

const failures: Readonly<Record<number, string>> = {
  400: "invalid request: the request is not acceptable",
  401: "invalid api token",
  403: "you do not have permission to use this model",
  404: "not found",
  422: "unprocessable entity",
  429: "You are past the per minute request limit, please wait and try again later.",
  498: "this request was blocked",
  500: "internal server error",
  503: "the service is overloaded",
  504: "gateway timeout",
};

function failure(status: number, message: string): Failure {
  return { status, type: "", message };
}

function listModels(models: readonly string[], query: URLSearchParams): Parsed<object> {
  const endpoint = query.get("endpoint");
  const listed = endpoint === null || endpoint === "chat" ? models : [];
  return {
    ok: true,
    request: {
      models: listed.map((name) => ({ name, endpoints: ["chat"], context_length: 256_000 })),
    },
  };
}
