import { extension } from "./any.ts";

/**
 * What Envoy answers for bytes that it cannot read as HTTP, which no filter sees. A body that goes wrong later is the
 * filter's to answer for.
 */
export const localReplies = {
  mappers: [
    // A transfer coding that nobody knows is the client's mistake, not the server's.
    mapper("response.code_details.startsWith('http1.') && response.code == 501", { status_code: 400 }),
    mapper("response.code_details.startsWith('http1.')"),
  ],
};

function mapper(expression: string, change: Readonly<Record<string, unknown>> = {}): object {
  return {
    filter: {
      extension_filter: extension("cel", "extensions.access_loggers.filters.cel.v3.ExpressionFilter", {
        expression,
      }),
    },
    ...change,
    body_format_override: {
      json_format: {
        error: {
          message: "the request cannot be read: %RESPONSE_CODE_DETAILS%",
          type: "invalid_request_error",
          param: null,
          code: null,
        },
      },
    },
  };
}
