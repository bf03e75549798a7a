import type { Api } from "../apis/api.ts";
import { responsesApi } from "../apis/responses/responses.ts";
import type { ResponsesRequest } from "../apis/responses/schema.ts";
import type { Failure } from "../failure.ts";
import { type Endpoint, generate, retryAfterHeader, type Service } from "./service.ts";

/** Responses as the subscription's backend takes them: streamed, not stored, with instructions, without limits. */
const codexApi: Api<ResponsesRequest> = {
  ...responsesApi,
  parse(body, headers) {
    const parsed = responsesApi.parse(body, headers);
    if (!parsed.ok) return parsed;
    const message = findViolation(parsed.request);
    return message === undefined ? parsed : { ok: false, failure: failure(400, message) };
  },
};

const unsupported = [
  "max_output_tokens",
  "metadata",
  "prompt_cache_retention",
  "safety_identifier",
  "temperature",
  "top_p",
  "truncation",
  "user",
] as const;

function findViolation(request: ResponsesRequest): string | undefined {
  if (request.stream !== true) return "Stream must be set to true";
  if (request.store !== false) return "Store must be set to false";
  if (!request.instructions) return "Instructions are required";
  if (!Array.isArray(request.input)) return "Input must be a list";
  const name = unsupported.find((parameter) => request[parameter] !== undefined);
  return name === undefined ? undefined : `Unsupported parameter: ${name}`;
}

const endpoint: ReadonlyMap<string, Endpoint> = new Map([["POST", generate(codexApi)]]);

/** `chatgpt.com/backend-api/codex`: responses, for a subscription. */
export const chatgptService: Service = {
  find: (path) => (path === "/backend-api/codex/responses" ? endpoint : undefined),

  authenticate({ headers }, keys) {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
    return token !== undefined && keys.includes(token) ? undefined : failure(401, "Unauthorized");
  },

  unknownPath: () => failure(404, "Not Found"),
  wrongMethod: () => failure(405, "Method Not Allowed"),
  wrongContentType: () => failure(415, "Unsupported content type"),
  invalidJson: () => failure(400, "Invalid JSON body"),
  unknownModel: (model) =>
    failure(400, `The '${model}' model is not supported when using Codex with a ChatGPT account.`),
  failureFor: (status, retryAfter) => ({
    ...failure(status, failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ""),
    ...retryAfterHeader(retryAfter),
  }),
  errorBody: ({ message }) => ({ detail: message }),
  headers: (requestId) => ({ "x-request-id": requestId, "x-codex-primary-used-percent": "1" }),
};

const failures: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "The usage limit has been reached",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function failure(status: number, message: string): Failure {
  return { status, type: "server_error", message };
}
