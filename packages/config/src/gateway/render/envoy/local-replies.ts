import { extension } from "./any.ts";

const unreadable = {
  message: "the request cannot be read: %RESPONSE_CODE_DETAILS%",
  type: "invalid_request_error",
};

/** As `brightstaff` says it. */
const rebound = {
  message: "requests from web pages are taken here at an IP address, localhost, *.local and *.internal only",
  type: "permission_error",
};

/**
 * What Envoy answers for bytes that it cannot read as HTTP, which no filter sees, and for what it does not let our
 * filter see. A body that goes wrong later is the filter's to answer for.
 */
export const localReplies = {
  mappers: [
    // A transfer coding that nobody knows is the client's mistake, not the server's.
    mapper("response.code_details.startsWith('http1.') && response.code == 501", unreadable, {
      status_code: 400,
    }),
    mapper("response.code_details.startsWith('http1.')", unreadable),
    mapper("response.code_details.startsWith('rbac_access_denied')", rebound),
  ],
};

function mapper(
  expression: string,
  { message, type }: { readonly message: string; readonly type: string },
  change: Readonly<Record<string, unknown>> = {},
): object {
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
          message,
          type,
          param: null,
          code: null,
        },
      },
    },
  };
}
