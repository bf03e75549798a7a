import { type Endpoint, type EndpointName, endpoints, errorTypes } from "@plano/protocol";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { authorize } from "../auth/principal.ts";
import type { RateLimit } from "../auth/rate-limit.ts";
import type { Tokens } from "../auth/tokens.ts";
import { Failure, forbidden } from "./failure.ts";
import type { Handlers } from "./handlers.ts";
import { openApiDocument } from "./openapi.ts";
import { readCall, readPath } from "./read-call.ts";

export interface AppOptions {
  readonly handlers: Handlers;
  readonly tokens: Pick<Tokens, "authenticate">;
  /** By token. */
  readonly rateLimit: RateLimit;
  /** By address, for calls whose token is no good. */
  readonly strangerLimit: RateLimit;
  readonly addressOf: (context: Context) => string;
  /** A signal that aborts when the client goes before it has its answer. */
  readonly signalOf: (context: Context) => AbortSignal;
  /** Hears of what should not have happened. */
  readonly onError: (error: unknown, call: string) => void;
  /** True when the database answers. */
  readonly isReady: () => Promise<boolean>;
  readonly version: string;
}

const delegationHeader = "x-event-horizon-delegating-authorization";

type AnyHandler = (call: object) => Promise<object | undefined>;

/** Calls whose answers are made here and need no second look; they are the ones that come often. */
const trusted: ReadonlySet<string> = new Set(["getMessagesBatch", "writeResponse"]);

/** The API as an application of requests and responses, without a socket. */
export function createApp(options: AppOptions): Hono {
  const { handlers, onError, isReady, version } = options;
  const app = new Hono();
  // Routes with fixed segments come before those with a parameter in the same place.
  const all = (Object.entries(endpoints) as [EndpointName, Endpoint][]).sort(
    ([, one], [, other]) => parameterCount(one.path) - parameterCount(other.path),
  );
  for (const [name, endpoint] of all) {
    const handler = handlers[name] as AnyHandler;
    app.on(endpoint.method, routeOf(endpoint.path), (context) =>
      answer(context, { name, endpoint, handler, options }),
    );
  }
  app.get("/openapi.json", (context) => context.json(openApiDocument(version)));
  app.get("/healthz", (context) => context.text("ok"));
  app.get("/readyz", async (context) =>
    (await isReady()) ? context.text("ok") : context.text("the database does not answer", 503),
  );
  app.notFound(() => failureResponse(new Failure(404, errorTypes.notFound, "no such endpoint")));
  app.onError((error, context) => {
    if (error instanceof Failure) return failureResponse(error);
    onError(error, `${context.req.method} ${context.req.routePath}`);
    return failureResponse(
      new Failure(500, errorTypes.internal, "an internal error; the server's log says more"),
    );
  });
  return app;
}

interface Route {
  readonly name: EndpointName;
  readonly endpoint: Endpoint;
  readonly handler: AnyHandler;
  readonly options: AppOptions;
}

async function answer(context: Context, { name, endpoint, handler, options }: Route): Promise<Response> {
  const authorization = context.req.header("authorization");
  // To ignore it would do with the caller's own rights what is to be done with another's.
  if (context.req.header(delegationHeader)) throw forbidden("this server takes no delegated authorisation");
  options.rateLimit.take(authorization ?? "");
  const principal = await options.tokens.authenticate(authorization).catch((error: unknown) => {
    options.strangerLimit.take(options.addressOf(context));
    throw error;
  });
  const path = context.req.param();
  authorize(principal, name, endpoint, path);
  readPath(path, endpoint.status === 201);
  const call = await readCall(context, name, endpoint);
  const result = await handler({
    ...call,
    principal,
    path,
    // Few handlers ask for it, and to make one takes its time.
    get signal() {
      return options.signalOf(context);
    },
    header: (header: string) => context.req.header(header),
  });
  if (result instanceof Response) return result;
  if (endpoint.status === 204 || endpoint.result === undefined) return new Response(null, { status: 204 });
  const body = trusted.has(name) ? result : z.parse(endpoint.result, result);
  return jsonResponse(withAliases(body, endpoint), endpoint.status);
}

function withAliases(body: object | undefined, { aliases }: Endpoint): unknown {
  if (!aliases || !body) return body;
  const { Items, NextToken } = body as { Items?: unknown; NextToken?: unknown };
  return {
    ...body,
    ...(aliases.Items && { [aliases.Items]: Items }),
    ...(aliases.NextToken && NextToken !== undefined && { [aliases.NextToken]: NextToken }),
  };
}

function failureResponse(failure: Failure): Response {
  const { retryAfter } = failure.details;
  return jsonResponse(
    failure.body,
    failure.status,
    retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) },
  );
}

/** Made from a text and plain headers, which the server's adapter sends without a detour. */
function jsonResponse(
  body: unknown,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** Indices are told from words by their pattern, so that no two routes fit the same path. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    name === "turnIndex" ? ":turnIndex{[0-9]+}" : `:${name}`,
  );
}

function parameterCount(path: string): number {
  return path.split("{").length - 1;
}
