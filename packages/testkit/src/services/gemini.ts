import { countTokens, generateContentApi } from "../apis/generate-content/generate-content.ts";
import { geminiInvalid } from "../apis/generate-content/violations.ts";
import type { Failure, Parsed } from "../failure.ts";
import { type Endpoint, generate, type Service } from "./service.ts";

/** `generativelanguage.googleapis.com`: content, token counts, models. */
export const geminiService: Service = {
  find(path, models, query) {
    const [isModels, rest] = /^\/v1(?:beta|alpha)?\/models(?:\/(.+))?$/.exec(path) ?? [];
    if (isModels === undefined) return undefined;
    if (rest === undefined) return reading((given) => listModels(models, given));
    const cut = rest.lastIndexOf(":");
    if (cut < 0) return reading(() => findModel(models, decodeURIComponent(rest)));
    const model = decodeURIComponent(rest.slice(0, cut));
    const endpoint = verb(rest.slice(cut + 1), model, query);
    return endpoint && new Map([["POST", endpoint]]);
  },

  authenticate({ headers, query }, keys) {
    const key = headers["x-goog-api-key"];
    if (query.has("key") || (key === undefined && headers.authorization === undefined)) {
      return {
        status: 403,
        type: "PERMISSION_DENIED",
        message:
          "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      };
    }
    if (headers.authorization !== undefined) {
      return {
        status: 401,
        type: "UNAUTHENTICATED",
        message:
          "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
      };
    }
    return typeof key === "string" && keys.includes(key) ? undefined : invalidKey;
  },

  unknownPath: (_, path) => ({
    status: 404,
    type: "NOT_FOUND",
    message: `The requested URL ${path} was not found on this server.`,
  }),
  wrongMethod: (_, path) => ({
    status: 404,
    type: "NOT_FOUND",
    message: `The requested URL ${path} was not found on this server.`,
  }),
  wrongContentType: (type) => geminiInvalid(`Invalid content type: ${type ?? ""}`),
  invalidJson: () => geminiInvalid("Invalid JSON payload received. Unexpected end of string."),
  unknownModel,
  failureFor(status, retryAfter) {
    const [type, message] = failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ["", ""];
    const retryInfo = {
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      retryDelay: `${retryAfter}s`,
    };
    return { status, type, message, details: retryAfter === undefined ? [] : [retryInfo] };
  },
  errorBody: ({ status, type, message, details = [] }) => ({
    error: { code: status, message, status: type, ...(details.length > 0 && { details }) },
  }),
  headers: () => ({ "server-timing": "gfet4t7; dur=5", vary: "Origin, X-Origin, Referer" }),
};

const failures: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "Request is missing required authentication credential."],
  403: ["PERMISSION_DENIED", "Permission denied: Consumer has been suspended."],
  404: ["NOT_FOUND", "Requested entity was not found."],
  429: ["RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."],
  500: ["INTERNAL", "An internal error has occurred. Please retry."],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
  504: ["DEADLINE_EXCEEDED", "Deadline expired before operation could complete."],
};

const invalidKey: Failure = {
  status: 400,
  type: "INVALID_ARGUMENT",
  message: "API key not valid. Please pass a valid API key.",
  details: [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "API_KEY_INVALID",
      domain: "googleapis.com",
      metadata: { service: "generativelanguage.googleapis.com" },
    },
  ],
};

function verb(name: string, model: string, query: URLSearchParams): Endpoint | undefined {
  const asEvents = query.get("alt") === "sse";
  switch (name) {
    case "generateContent":
      return generate(generateContentApi({ model, stream: false, asEvents }));
    case "streamGenerateContent":
      return generate(generateContentApi({ model, stream: true, asEvents }));
    case "countTokens":
      return { kind: "compute", compute: countTokens };
    default:
      return undefined;
  }
}

function reading(read: (query: URLSearchParams) => Parsed<object>): ReadonlyMap<string, Endpoint> {
  return new Map([["GET", { kind: "read", read }]]);
}

function unknownModel(model: string): Failure {
  return {
    status: 404,
    type: "NOT_FOUND",
    message: `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
  };
}

function modelObject(id: string) {
  return {
    name: `models/${id}`,
    version: "001",
    displayName: id,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  };
}

function listModels(models: readonly string[], query: URLSearchParams): Parsed<object> {
  const size = Number(query.get("pageSize") ?? "50");
  const start = Number(query.get("pageToken") ?? "0");
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(start)) {
    return { ok: false, failure: geminiInvalid("Page size or page token is invalid.") };
  }
  const end = start + size;
  return {
    ok: true,
    request: {
      models: models.slice(start, end).map(modelObject),
      ...(end < models.length && { nextPageToken: String(end) }),
    },
  };
}

function findModel(models: readonly string[], id: string): Parsed<object> {
  return models.includes(id)
    ? { ok: true, request: modelObject(id) }
    : { ok: false, failure: unknownModel(id) };
}
