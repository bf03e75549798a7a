import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings, type ServerType } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { AppError } from "@plano/errors";
import { sql } from "drizzle-orm";
import type { Context } from "hono";
import { createRateLimit } from "./auth/rate-limit.ts";
import { describeConnection } from "./describe-connection.ts";
import { createApp } from "./http/app.ts";
import { createHandlers } from "./routes/handlers.ts";
import { runChores } from "./services/chores.ts";
import { createServices, type Storage } from "./services/create-services.ts";
import { ensureFirstTenant, type FirstTenant } from "./services/first-tenant.ts";
import { defaultGithubUrl } from "./services/server-github.ts";
import { defaultLogLimits, defaultTiming, type LogLimits, type Timing } from "./services/services.ts";
import { version } from "./version.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly storage: Storage;
  readonly migrationsFolder: string;
  /** Keys for the secrets in the database, in base64, the one in use first; by default a file in the data folder. */
  readonly secretKey?: string | undefined;
  /** Base URL under which containers reach the API; by default the one that it listens on. */
  readonly publicUrl?: string | undefined;
  /** The GitHub of connections that are not private, as people see it. */
  readonly githubUrl?: string | undefined;
  /** Makes a new admin token and revokes the one before. */
  readonly newAdminToken?: boolean;
  /** Requests a second for each token; 0 is no limit. */
  readonly rateLimit: number;
  readonly timing?: Partial<Timing>;
  /** What the log of one turn may hold. */
  readonly logLimits?: LogLimits;
  readonly now?: () => Date;
  /** Hears of what should not have happened; `call` is the request's method and route. */
  readonly onError: (error: unknown, call?: string) => void;
}

/** A server that listens. */
export interface RunningServer extends FirstTenant {
  readonly url: string;
  /** Answers who waits, lets calls in flight finish for a moment, and closes the database. */
  stop(): Promise<void>;
}

/** How long calls in flight may take once the server stops, in milliseconds. */
const drainLimit = 5_000;
const failedCallsPerSecond = 20;

/** Starts a server; resolves when it takes connections. Throws an AppError if it cannot. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host, port, now = () => new Date(), onError } = options;
  const stopping = new AbortController();
  // The port comes first: a second server on it must not touch the database.
  const { server, listen, answer } = openServer();
  const address = await listen(host, port);
  const url = urlOf(address);
  try {
    const { services, close } = await createServices({
      storage: options.storage,
      migrationsFolder: options.migrationsFolder,
      secretKey: options.secretKey,
      publicUrl: options.publicUrl ?? url,
      githubUrl: options.githubUrl ?? defaultGithubUrl,
      timing: { ...defaultTiming, ...options.timing },
      logLimits: options.logLimits ?? defaultLogLimits,
      now,
      stop: stopping.signal,
      onError,
    });
    const first = await ensureFirstTenant(services.database, services.tokens, {
      now: now(),
      newToken: options.newAdminToken ?? false,
    });
    const milliseconds = () => performance.now();
    const app = createApp({
      handlers: createHandlers(services),
      tokens: services.tokens,
      rateLimit: createRateLimit(options.rateLimit, milliseconds),
      strangerLimit: createRateLimit(failedCallsPerSecond, milliseconds),
      signalOf,
      addressOf: (context) => getConnInfo(context).remote.address ?? "",
      onError,
      isReady: () =>
        services.database.execute(sql`select 1`).then(
          () => true,
          () => false,
        ),
      version,
    });
    answer(app.fetch);
    const chores = runChores(services);
    return {
      ...first,
      url,
      stop: async () => {
        stopping.abort();
        await closeServer(server);
        await chores;
        await close();
      },
    };
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

/** Where a program on this machine reaches the server. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `http://127.0.0.1:${port}`;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** The request's own signal would need a whole Request, which the adapter otherwise spares. */
function signalOf({ env }: Context): AbortSignal {
  const { outgoing }: HttpBindings = env;
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  else {
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) gone.abort();
    });
  }
  return gone.signal;
}

type Fetch = Parameters<typeof createAdaptorServer>[0]["fetch"];

/** A server that answers only when it is told how; who calls before waits. */
function openServer() {
  let answer: (fetch: Fetch) => void = () => {};
  const ready = new Promise<Fetch>((resolve) => {
    answer = resolve;
  });
  let fetch: Fetch | undefined;
  const server = createAdaptorServer({
    fetch: async (request, ...rest) => {
      fetch ??= await ready;
      return fetch(request, ...rest);
    },
    serverOptions: {
      // Longer than clients and balancers keep idle connections, so that it is not the server who hangs up.
      keepAliveTimeout: 75_000,
      headersTimeout: 80_000,
      requestTimeout: 120_000,
      noDelay: true,
    },
  });
  const listen = (host: string, port: number) =>
    new Promise<AddressInfo>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(
          new AppError(`cannot listen on ${host}:${port}: ${describeConnection(cause)}`, {
            code: "cannot-listen",
            cause,
            hint: "Choose another address with --listen HOST:PORT.",
          }),
        ),
      );
      server.listen(port, host, () => resolve(server.address() as AddressInfo));
    });
  return { server, listen, answer };
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (!("closeIdleConnections" in server)) return closed;
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const forced = setTimeout(() => server.closeAllConnections(), drainLimit);
  server.closeIdleConnections();
  await closed;
  clearInterval(idle);
  clearTimeout(forced);
}
