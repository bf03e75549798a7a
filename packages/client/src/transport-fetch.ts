import type { Transport } from "./transport.ts";

/** Headers of an answer that are handed on. */
const headerNames = [
  "content-type",
  "link",
  "retry-after",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-github-request-id",
];

/** `fetch` over a transport, so that others than the API are reached by the same proxy and certificates. */
export function transportFetch(transport: Transport): typeof fetch {
  return async (input, init) => {
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    const { method = "GET", headers, body, signal } = init ?? {};
    const reply = await transport({
      url,
      method,
      headers: Object.fromEntries(new Headers(headers)),
      body: typeof body === "string" ? body : undefined,
      signal: signal ?? new AbortController().signal,
    });
    const text = await reply.text();
    const answered = headerNames.flatMap((name): [string, string][] => {
      const value = reply.header(name);
      return value === undefined ? [] : [[name, value]];
    });
    // These statuses come without a body, and a Response refuses one.
    const isBodiless = [101, 204, 205, 304].includes(reply.status);
    return new Response(isBodiless ? null : text, { status: reply.status, headers: answered });
  };
}
