import type { Exchange } from "./exchange.ts";

/** A transport of `@plano/client` that reaches the service without a socket, so that only timers take time. */
export type MemoryTransport = (request: {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}) => Promise<{
  readonly status: number;
  header(name: string): string | undefined;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array> | undefined;
}>;

/** `connections` aborts when all connections break; it is undefined while nothing listens. */
export function createMemoryTransport(
  exchange: Exchange,
  connections: () => AbortSignal | undefined,
): MemoryTransport {
  return async ({ url, method, headers, body = "", signal }) => {
    signal.throwIfAborted();
    const line = connections();
    if (line === undefined) throw failure("ECONNREFUSED");
    const closed = new AbortController();
    const broken = Promise.withResolvers<never>();
    const abort = () => broken.reject(signal.reason);
    const cut = () => broken.reject(failure("ECONNRESET"));
    signal.addEventListener("abort", abort);
    line.addEventListener("abort", cut);
    try {
      const { pathname, search } = new URL(url);
      const request = {
        method,
        url: pathname + search,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [lower(name), value])),
        body: async () => body,
      };
      const outcome = await Promise.race([exchange(request, closed.signal), broken.promise]);
      if (outcome.kind === "silence") return await broken.promise;
      if (outcome.kind === "reset") throw failure("ECONNRESET");
      const answered = new Map(Object.entries(outcome.headers).map(([name, value]) => [lower(name), value]));
      return {
        status: outcome.status,
        header: (name) => answered.get(lower(name)),
        text: async () => outcome.body,
        stream: () => new Blob([outcome.body]).stream(),
      };
    } finally {
      closed.abort();
      signal.removeEventListener("abort", abort);
      line.removeEventListener("abort", cut);
    }
  };
}

function lower(name: string): string {
  return name.toLowerCase();
}

function failure(code: string): Error {
  return Object.assign(new Error(`the connection failed: ${code}`), { code });
}
