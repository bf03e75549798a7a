/** A request, ready to be sent. */
export interface TransportRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** What a server answered; the body has not been read yet. */
export interface Reply {
  readonly status: number;
  header(name: string): string | undefined;
  text(): Promise<string>;
  /** The body in pieces; undefined when there is none. */
  stream(): ReadableStream<Uint8Array> | undefined;
}

/** Sends one request. Rejects when no answer comes, also when the signal aborts. Follows no redirect. */
export type Transport = (request: TransportRequest) => Promise<Reply>;

/** The transport of browsers, and of programs that need neither proxy nor certificates of their own. */
export const fetchTransport: Transport = async ({ url, body, ...init }) => {
  const response = await fetch(url, { ...init, ...(body !== undefined && { body }), redirect: "manual" });
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    text: () => response.text(),
    stream: () => response.body ?? undefined,
  };
};
