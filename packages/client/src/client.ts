import {
  type BodyOf,
  describeFaults,
  type Endpoint,
  type EndpointName,
  endpoints,
  type PathOf,
  pathOf,
  type QueryOf,
  type ResultOf,
} from "@plano/protocol";
import { z } from "zod";
import { ApiError, apiError, ConnectionError, UnexpectedAnswerError } from "./errors.ts";
import { fetchTransport, type Reply, type Transport } from "./transport.ts";

export interface ClientOptions {
  /** Base of the API, without `/v1`. */
  readonly url: string;
  /** Goes into every call as `Authorization: APIToken …`; a function is asked at each. */
  readonly token: string | (() => string);
  readonly transport?: Transport;
  /** Time for an ordinary call, in milliseconds. Default 30,000. */
  readonly deadline?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What a call takes. A field that its endpoint does not know is not there. */
export type Arguments<Name extends EndpointName> = {
  readonly path: PathOf<Name>;
  readonly signal?: AbortSignal | undefined;
  /** Time for this call, in milliseconds, in place of the client's. */
  readonly deadline?: number | undefined;
} & (QueryOf<Name> extends undefined ? object : { readonly query?: Partial<QueryOf<Name>> | undefined }) &
  (BodyOf<Name> extends undefined ? object : { readonly body: BodyOf<Name> }) &
  ((typeof endpoints)[Name] extends { readonly ifMatch: infer Need }
    ? Need extends "required"
      ? { readonly ifMatch: number }
      : { readonly ifMatch?: number }
    : object);

/** The Plan42 API. */
export interface Client {
  /**
   * Calls an endpoint once. Rejects with an {@link ApiError}, a {@link ConnectionError} when no answer comes
   * in time, an {@link UnexpectedAnswerError}, or the reason of the signal that aborted it.
   */
  call<Name extends EndpointName>(name: Name, input: Arguments<Name>): Promise<ResultOf<Name>>;
  /** Calls an endpoint and leaves the body of success to the caller. */
  open<Name extends EndpointName>(
    name: Name,
    input: Arguments<Name> & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Reply>;
}

/** What all calls have in common, untyped. */
interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly ifMatch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly deadline?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How much longer than its own waiting time a long poll may take. */
const pollSlack = 15_000;

/** A client for one server and one token. It holds no state besides its transport's connections. */
export function createClient(options: ClientOptions): Client {
  const { url, token, transport = fetchTransport, deadline = 30_000, now = Date.now } = options;
  const base = url.replace(/\/+$/, "");

  const send = async (name: EndpointName, input: Call, signal: AbortSignal): Promise<Reply> => {
    const { method, status }: Endpoint = endpoints[name];
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const reply = await transport({
      url: base + pathOf(name, input.path as PathOf<EndpointName>) + queryText(input.query),
      method,
      headers: {
        Accept: "application/json",
        Authorization: `APIToken ${typeof token === "function" ? token() : token}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(input.ifMatch !== undefined && { "If-Match": String(input.ifMatch) }),
        ...input.headers,
      },
      body,
      signal,
    });
    if (reply.status === status || (reply.status >= 200 && reply.status < 300)) return reply;
    throw apiError(name, {
      status: reply.status,
      text: await reply.text(),
      retryAfter: reply.header("retry-after"),
      now: now(),
    });
  };

  /**
   * Runs an exchange under the caller's signal and a deadline, and names what went wrong. Where a body is left to
   * be read, the caller's signal goes on to count for it; the deadline does not.
   */
  const bounded = async <Result>(
    name: EndpointName,
    input: Call,
    exchange: (signal: AbortSignal) => Promise<Result>,
    leavesBody: boolean,
  ): Promise<Result> => {
    const limit = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      limit.abort(new DOMException("no answer within the time limit", "TimeoutError"));
    }, input.deadline ?? defaultDeadline(input, deadline));
    const stop = () => limit.abort(input.signal?.reason);
    if (input.signal?.aborted) stop();
    else input.signal?.addEventListener("abort", stop, { once: true });
    let isDone = false;
    try {
      const result = await exchange(limit.signal);
      isDone = true;
      return result;
    } catch (cause) {
      if (cause instanceof ApiError || cause instanceof UnexpectedAnswerError) throw cause;
      if (input.signal?.aborted) throw input.signal.reason;
      throw new ConnectionError(name, isLate ? limit.signal.reason : cause);
    } finally {
      clearTimeout(timer);
      if (!(isDone && leavesBody)) input.signal?.removeEventListener("abort", stop);
    }
  };

  return {
    call: (name, input) => {
      const call: Call = input;
      const exchange = async (signal: AbortSignal) => {
        const reply = await send(name, call, signal);
        return parseResult(name, reply.status === 204 ? "" : await reply.text());
      };
      return bounded(name, call, exchange, false);
    },
    open: (name, input) => bounded(name, input, (signal) => send(name, input, signal), true),
  };
}

function defaultDeadline({ query }: Call, deadline: number): number {
  const wait = query && "maxWaitSeconds" in query ? Number(query.maxWaitSeconds) : undefined;
  return wait === undefined ? deadline : wait * 1000 + pollSlack;
}

function queryText(query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) search.append(key, String(value));
  }
  search.sort();
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

function parseResult<Name extends EndpointName>(name: Name, text: string): ResultOf<Name> {
  const { result }: Endpoint = endpoints[name];
  if (result === undefined) return undefined as ResultOf<Name>;
  let value: unknown = {};
  try {
    if (text !== "") value = JSON.parse(text);
  } catch {
    throw new UnexpectedAnswerError(name, "it is no JSON");
  }
  const parsed = z.safeParse(result, value);
  if (!parsed.success) throw new UnexpectedAnswerError(name, describeFaults(parsed.error));
  return parsed.data as ResultOf<Name>;
}
