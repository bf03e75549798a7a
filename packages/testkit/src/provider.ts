import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { deliver } from "./delivery.ts";
import { decide, type Handler } from "./exchange.ts";
import { defaultKey, defaultModels, type ServiceName } from "./models.ts";
import { type Outcome, parseJson, type ReceivedRequest, readBody } from "./received-request.ts";
import { anthropicService } from "./services/anthropic.ts";
import { bedrockService } from "./services/bedrock.ts";
import { chatgptService } from "./services/chatgpt.ts";
import { cohereService } from "./services/cohere.ts";
import { geminiService } from "./services/gemini.ts";
import { openaiService } from "./services/openai.ts";
import type { Service } from "./services/service.ts";
import { togetherService } from "./services/together.ts";

export interface ProviderOptions {
  readonly service: ServiceName;
  /** Keys that are let in; one made-up key unless given. */
  readonly keys?: readonly string[];
  /** Models besides the scenarios; a few well-known ones unless given. */
  readonly models?: readonly string[];
  /** Where to listen; 127.0.0.1 unless given, which `url` names in any case. */
  readonly address?: string;
  /** Port; a free one unless given. */
  readonly port?: number;
  /** Serve HTTPS: HTTP/2 or HTTP/1.1 by ALPN, or HTTP/1.1 alone. PEM texts. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly http1Only?: boolean };
  readonly handler?: Handler;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

export interface Provider {
  /** Origin, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** A key that is let in. */
  readonly key: string;
  /** Everything received, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** How many connections were accepted so far. */
  readonly connectionCount: number;
  /** The newest request. Throws when there is none. */
  lastRequest(): ReceivedRequest;
  /** Resolves with the next request that fits, also one already here; rejects after the time. */
  waitForRequest(fits: (request: ReceivedRequest) => boolean, timeoutMs?: number): Promise<ReceivedRequest>;
  /** Forgets what was received. */
  forget(): void;
  /** Drops all connections and frees the port. */
  close(): Promise<void>;
}

const services: Readonly<Record<ServiceName, Service>> = {
  openai: openaiService,
  anthropic: anthropicService,
  gemini: geminiService,
  bedrock: bedrockService,
  cohere: cohereService,
  chatgpt: chatgptService,
  together: togetherService,
};

/** Starts a stand-in provider on 127.0.0.1. It keeps its state to itself, so tests may run side by side. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const service = services[options.service];
  const keys = options.keys ?? [defaultKey(options.service)];
  const models = options.models ?? defaultModels(options.service);
  const now = options.now ?? Date.now;
  const received: ReceivedRequest[] = [];
  const waiters = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  let sequence = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    sequence += 1;
    const requestId = `req_${sequence}`;
    const context = { sequence, createdAt: Math.floor(now() / 1000) };
    const body = await readBody(request);
    const gone = new AbortController();
    response.once("close", () => {
      // HTTP/2 calls a reply finished also when the client has given it up.
      if (!response.writableEnded || !response.writableFinished) gone.abort();
    });
    const settled = Promise.withResolvers<Outcome>();
    const url = new URL(request.url ?? "/", "http://provider");
    const entry: ReceivedRequest = {
      method: request.method ?? "",
      target: request.url ?? "/",
      path: url.pathname,
      query: url.searchParams,
      httpVersion: request.httpVersion,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      json: parseJson(body),
      outcome: settled.promise,
    };
    received.push(entry);
    for (const wake of waiters) wake();
    const { reply, delivery } = decide(entry, {
      service,
      keys,
      models,
      handler: options.handler,
      requestId,
      context,
      now: now(),
    });
    try {
      await deliver(response, reply, delivery, gone.signal);
      const broken = delivery.after !== undefined && reply.chunks.length > delivery.after.chunks;
      if (reply.status >= 400) settled.resolve("refused");
      else settled.resolve(broken ? "broken-on-purpose" : "answered");
    } catch (error) {
      settled.resolve("client-gone");
      if (!gone.signal.aborted) throw error;
    }
  }

  const listen = (request: IncomingMessage, response: ServerResponse) => {
    // A client that leaves while it sends its body is no one's error.
    serve(request, response).catch(() => response.destroy());
  };
  const server = options.tls
    ? secureServer(options.tls, listen)
    : createHttpServer({ requestTimeout: 0 }, listen);
  server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.address ?? "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    key: keys[0] ?? "",
    requests: received,
    get connectionCount() {
      return connectionCount;
    },
    lastRequest() {
      const last = received.at(-1);
      if (!last) throw new Error("the provider received nothing");
      return last;
    },
    waitForRequest(fits, timeoutMs = 10_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = received.find(fits);
          if (!found) return;
          clearTimeout(timer);
          waiters.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiters.delete(look);
          reject(new Error(`no such request within ${timeoutMs} ms; ${received.length} others came`));
        }, timeoutMs);
        waiters.add(look);
        look();
      });
    },
    forget() {
      received.length = 0;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function secureServer(
  tls: NonNullable<ProviderOptions["tls"]>,
  listen: (request: IncomingMessage, response: ServerResponse) => void,
): Http2SecureServer | HttpsServer {
  if (tls.http1Only) return createHttpsServer({ cert: tls.certificate, key: tls.key }, listen);
  return createSecureServer(
    { cert: tls.certificate, key: tls.key, allowHTTP1: true },
    // The HTTP/2 objects have the same surface for what is used here.
    (request, response) =>
      listen(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
}
