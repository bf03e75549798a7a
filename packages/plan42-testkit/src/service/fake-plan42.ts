import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createCaller } from "./caller.ts";
import type { Exchange, ServiceOutcome, ServiceRequest } from "./exchange.ts";
import { createFaults, faultOutcome, type ServiceFault } from "./faults.ts";
import { createMemoryTransport, type MemoryTransport } from "./memory-transport.ts";
import { createQueues, type Queues } from "./queues.ts";
import { readIfMatch, refusal, type ServiceAnswer, Violation } from "./rules.ts";
import { fakeToken } from "./tokens.ts";
import { createTurns, type Turns, turnKey } from "./turns.ts";

export interface FakePlan42Options {
  /** How long the runner's token is good. Default an hour, of which the runner warns. */
  readonly tokenSeconds?: number;
  /** Whether marking a queue as draining ends its open poll. Default true. */
  readonly endsPollsOnDrain?: boolean;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Issuer of agents' tokens: where they are told to find the service. Default a name that is nowhere. */
  readonly issuer?: string;
}

/**
 * A Plan42 service on loopback for one runner, which takes only the exact forms that the real one takes. What
 * a right client never sends is refused and listed in `violations`.
 */
export interface FakePlan42 {
  readonly url: string;
  /** Reaches the service without its socket. */
  readonly transport: MemoryTransport;
  readonly tenantId: string;
  readonly runnerId: string;
  readonly runnerToken: string;
  readonly queues: Queues;
  readonly turns: Turns;
  /** `METHOD path` of each request with the time of its coming. */
  readonly requests: readonly { readonly line: string; readonly at: number }[];
  readonly violations: readonly string[];
  agentToken(taskId: string, turnIndex: number): string;
  /** Sends a plaintext to the runner and resolves to the parsed answer. */
  send(message: object): Promise<Record<string, unknown>>;
  /** The next requests of a method whose path matches go wrong. */
  fail(method: string, path: RegExp, fault: ServiceFault, count?: number): void;
  /** No request goes wrong any more. */
  heal(): void;
  /** Refuses the runner's token. */
  revoke(): void;
  /** Stops listening and breaks all connections; `resume` listens on the same port again. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

export async function startFakePlan42(options: FakePlan42Options = {}): Promise<FakePlan42> {
  const tenantId = randomUUID();
  const runnerId = randomUUID();
  const caller = createCaller(randomUUID());
  const runnerToken = fakeToken("p42r", {
    sub: tenantId,
    runner_id: runnerId,
    exp: Math.floor(Date.now() / 1000) + (options.tokenSeconds ?? 3600),
  });
  const issuer = options.issuer === undefined ? {} : { iss: options.issuer };
  const agentTokens = new Map<string, string>();
  const queues = createQueues({
    tenantId,
    runnerId,
    caller,
    endsPollsOnDrain: options.endsPollsOnDrain ?? true,
  });
  const turns = createTurns();
  const faults = createFaults();
  const requests: { line: string; at: number }[] = [];
  const violations: string[] = [];
  let revoked = false;

  const route = async (
    request: ServiceRequest,
    body: unknown,
    closed: AbortSignal,
  ): Promise<ServiceAnswer> => {
    const { method, headers } = request;
    const url = new URL(request.url, "http://service");
    const [scheme, token] = (headers.authorization ?? "").split(" ");
    if (scheme !== "APIToken" || token === undefined) throw new Violation("Authorization is no APIToken");
    const asRunner = (): ServiceAnswer | undefined =>
      token !== runnerToken
        ? refusal(403, "Forbidden", "not the runner's token")
        : revoked
          ? refusal(401, "Unauthorized", "the token is revoked")
          : undefined;

    const base = `/v1/tenants/${tenantId}`;
    const queuePath = `${base}/runners/${runnerId}/queues/`;
    if (url.pathname.startsWith(queuePath)) {
      const refused = asRunner();
      if (refused !== undefined) return refused;
      const [queueId = "", ...rest] = url.pathname.slice(queuePath.length).split("/").map(decodeURIComponent);
      switch (`${method} ${rest.map((part, index) => (index === 1 ? "*" : part)).join("/")}`) {
        case "PUT ":
          return queues.register(queueId, body);
        case "GET ":
          return queues.show(queueId);
        case "PATCH ":
          return queues.update(queueId, readIfMatch(headers), body);
        case "DELETE ":
          return queues.remove(queueId, readIfMatch(headers));
        case "GET messages":
          return queues.poll(queueId, url.searchParams, closed);
        case "PUT messages/*/response":
          return queues.respond(queueId, rest[1] ?? "", body);
      }
    }
    if (method === "GET" && url.pathname === `${base}/github-connections`) {
      if (url.searchParams.get("private") !== "true") throw new Violation("a runner has private connections");
      return asRunner() ?? { status: 200, body: { Items: [], NextToken: null } };
    }
    const [, taskId, turnIndex, tail = ""] =
      /^\/tasks\/([^/]+)\/turns\/(\d+)(\/logs(?:\/last)?)?$/.exec(url.pathname.slice(base.length)) ?? [];
    if (url.pathname.startsWith(base) && taskId !== undefined && turnIndex !== undefined) {
      const key = turnKey(taskId, turnIndex);
      const isAgent = agentTokens.get(key) === token;
      if (!isAgent && !(token === runnerToken && method === "GET" && tail === "")) {
        return refusal(403, "Forbidden", "not this turn's token");
      }
      switch (`${method} ${tail}`) {
        case "GET ":
          return turns.show(key);
        case "PATCH ":
          return turns.update(key, readIfMatch(headers), body);
        case "POST /logs":
          return turns.appendLogs(key, readIfMatch(headers), body);
        case "GET /logs/last":
          return turns.lastLog(key);
      }
    }
    throw new Violation("there is no such endpoint for a runner");
  };

  const exchange: Exchange = async (request, closed) => {
    const { method, url } = request;
    const line = `${method} ${url}`;
    requests.push({ line, at: Date.now() });
    const fault = faults.take(method, url);
    const spoiled = fault && faultOutcome(fault);
    if (spoiled !== undefined) return spoiled;
    const answer = await answerTo(request, line, closed);
    return fault === undefined ? outcomeOf(answer) : { kind: "reset" };
  };
  const answerTo = async (
    request: ServiceRequest,
    line: string,
    closed: AbortSignal,
  ): Promise<ServiceAnswer> => {
    try {
      return await route(request, await readBody(request), closed);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      violations.push(`${line}: ${reason}`);
      return refusal(400, "BadRequest", reason);
    }
  };

  let server: Server;
  /** Of the memory's transport; undefined while nothing listens. */
  let connections: AbortController | undefined;
  const listen = async (port: number) => {
    server = createServer((request, response) => {
      serve(exchange, request, response).catch(() => response.destroy());
    });
    // Longer than a client keeps an idle connection, so that none is closed under a request.
    server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    connections = new AbortController();
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(options.port ?? 0);
  const pause = async () => {
    connections?.abort();
    connections = undefined;
    const closing = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closing;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    transport: createMemoryTransport(exchange, () => connections?.signal),
    tenantId,
    runnerId,
    runnerToken,
    queues,
    turns,
    requests,
    violations,
    agentToken: (taskId, turnIndex) => {
      const key = turnKey(taskId, turnIndex);
      const token =
        agentTokens.get(key) ??
        fakeToken("p42", { sub: tenantId, task_id: taskId, turn_index: turnIndex, ...issuer });
      agentTokens.set(key, token);
      return token;
    },
    send: async (message) => JSON.parse(await queues.response(queues.enqueue(JSON.stringify(message)))),
    fail: (method, path, fault, count = 1) => faults.add(method, path, fault, count),
    heal: () => faults.clear(),
    revoke: () => {
      revoked = true;
    },
    pause,
    resume: async () => {
      await listen(port);
    },
    close: pause,
  };
}

/** Serves what came by the socket. */
async function serve(exchange: Exchange, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  const { method = "", url = "/", headers } = request;
  const body = async () => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  const outcome = await exchange({ method, url, headers, body }, closed.signal);
  if (outcome.kind === "reset") request.socket.resetAndDestroy();
  if (outcome.kind !== "answer") return;
  response.writeHead(outcome.status, outcome.headers);
  response.end(outcome.body);
}

function outcomeOf({ status, body }: ServiceAnswer): ServiceOutcome {
  const kind = "answer";
  if (body === undefined) return { kind, status, headers: {}, body: "" };
  return { kind, status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

async function readBody(request: ServiceRequest): Promise<unknown> {
  const text = await request.body();
  if (text === "") return undefined;
  if (request.headers["content-type"] !== "application/json")
    throw new Violation("a body that is not application/json");
  return JSON.parse(text);
}
