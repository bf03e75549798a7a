import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** How an exchange ended, seen from the provider. */
export type Outcome = "answered" | "refused" | "client-gone" | "broken-on-purpose";

/** One request as it came in, kept for assertions. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they are on the wire. */
  readonly target: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in the order and spelling of the wire. */
  readonly rawHeaders: readonly string[];
  /** The bytes of the body. */
  readonly body: Buffer;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** Settles when the exchange is over. */
  readonly outcome: Promise<Outcome>;
}

/** Reads the whole body. Rejects when the client goes away first. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** JSON in valid UTF-8, or undefined. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
