import type { AddressInfo } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { sql } from "drizzle-orm";
import type { Context } from "hono";
import { agentUrlOf } from "./agent-url.ts";
import { createRateLimit } from "./auth/rate-limit.ts";
import { createApp } from "./http/app.ts";
import { createListener } from "./listener.ts";
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
  /** A further address to listen on, that of Docker's bridge; one that cannot be had is left out. */
  readonly bridge?: string | undefined;
  /** As in `process.platform`. */
  readonly platform?: string;
  /** Base URL under which containers reach the API; by default what {@link agentUrlOf} finds. */
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
  /** For programs on this machine. */
  readonly url: string;
  /** For agents in containers. */
  readonly agentUrl: string;
  /** Answers who waits, lets calls in flight finish for a moment, and closes the database. */
  stop(): Promise<void>;
}

const failedCallsPerSecond = 20;

/** Starts a server; resolves when it takes connections. Throws an AppError if it cannot. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host, port, bridge, platform = process.platform, now = () => new Date(), onError } = options;
  const stopping = new AbortController();
  // The port comes first: a second server on it must not touch the database.
  const listener = createListener();
  const address = await listener.listen(host, port);
  const url = urlOf(address);
  try {
    const onBridge = bridge !== undefined && (await isHad(listener.listen(bridge, address.port)));
    const place = { url, host, port: address.port, onBridge, platform };
    const agentUrl = options.publicUrl ?? agentUrlOf(place);
    const { services, close } = await createServices({
      storage: options.storage,
      migrationsFolder: options.migrationsFolder,
      secretKey: options.secretKey,
      agentUrl,
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
    listener.answer(app.fetch);
    const chores = runChores(services);
    return {
      ...first,
      url,
      agentUrl,
      stop: async () => {
        stopping.abort();
        await listener.close();
        await chores;
        await close();
      },
    };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Whether an address could be listened on. */
function isHad(listening: Promise<unknown>): Promise<boolean> {
  return listening.then(
    () => true,
    () => false,
  );
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
