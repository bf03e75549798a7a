// Sends by undici, which knows proxies, certificates and time limits for a connection. Not for browsers.
import { Readable } from "node:stream";
import { getCACertificates, rootCertificates } from "node:tls";
import { AppError } from "@plano/errors";
import { proxyForm, proxyUrl } from "@plano/protocol/proxy-url";
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import type { Transport } from "./transport.ts";

export interface NodeTransportOptions {
  /** URL of the proxy for http. */
  readonly httpProxy?: string | undefined;
  /** URL of the proxy for https. */
  readonly httpsProxy?: string | undefined;
  /** Hosts that are reached without a proxy, as in NO_PROXY. */
  readonly noProxy?: string | undefined;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly certificateAuthorities?: string | undefined;
  /** False accepts any certificate. */
  readonly verifyCertificates?: boolean;
  /** How many connections to one server may be open. Default 64. */
  readonly connections?: number;
  /** Time for a connection to be made, in milliseconds. Default 10,000. */
  readonly connectTimeout?: number;
}

/** A transport and how to close its connections. */
export interface NodeTransport {
  readonly send: Transport;
  /** Closes idle connections; calls in flight fail. */
  close(): Promise<void>;
}

/** Names of this machine, which no proxy knows. */
const thisMachine = "localhost,127.0.0.1,[::1]";

type Environment = Readonly<Record<string, string | undefined>>;

/** What stands in for the environment's proxies, and what to end with. */
export interface ProxyChoice {
  /** URL of a proxy in place of those that the environment names. */
  readonly configured?: string | undefined;
  /** Exit code of a program whose environment names what is no proxy. Default 1. */
  readonly exitCode?: number;
}

/**
 * The settings for proxies that an environment holds, in either case; lower case wins as with curl. This machine
 * is always reached without one. Throws an `AppError` that names a variable that is no proxy's address.
 */
export function proxySettings(
  environment: Environment,
  { configured, exitCode = 1 }: ProxyChoice = {},
): Pick<NodeTransportOptions, "httpProxy" | "httpsProxy" | "noProxy"> {
  const proxy = (name: string) => configured ?? readProxy(name, environment, exitCode);
  const direct = environment[written("NO_PROXY", environment)] || undefined;
  return {
    httpProxy: proxy("HTTP_PROXY"),
    httpsProxy: proxy("HTTPS_PROXY"),
    noProxy: direct === undefined ? thisMachine : direct.trim() === "*" ? "*" : `${direct},${thisMachine}`,
  };
}

function readProxy(usual: string, environment: Environment, exitCode: number): string | undefined {
  const name = [usual, "ALL_PROXY"].map((one) => written(one, environment)).find((one) => environment[one]);
  if (name === undefined) return undefined;
  const url = proxyUrl(environment[name] ?? "");
  if (url !== undefined) return url;
  // Not told as it is written: it may hold a password.
  throw new AppError(`the environment variable ${name} names no proxy: it must be ${proxyForm}`, {
    code: "proxy",
    hint: `unset ${name} does without one.`,
    exitCode,
  });
}

/** A variable's name as the environment has it. */
function written(name: string, environment: Environment): string {
  const lower = name.toLowerCase();
  return environment[lower] ? lower : name;
}

/** A transport over HTTP/1.1 connections that are kept open between calls. */
export function createNodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const dispatcher = createDispatcher(options);
  return {
    send: async ({ url, method, headers, body, signal }) => {
      const reply = await request(url, {
        dispatcher,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
        body: body ?? null,
        signal,
      });
      return {
        status: reply.statusCode,
        header: (name) => {
          const value = reply.headers[name.toLowerCase()];
          return Array.isArray(value) ? value[0] : value;
        },
        text: () => reply.body.text(),
        stream: () => Readable.toWeb(reply.body) as ReadableStream<Uint8Array>,
      };
    },
    close: () => dispatcher.destroy(),
  };
}

function createDispatcher(options: NodeTransportOptions): Dispatcher {
  const { httpProxy, httpsProxy, noProxy, connections = 64, connectTimeout = 10_000 } = options;
  const tls = tlsOptions(options);
  const common = {
    connections,
    // The caller's deadline bounds a call as a whole; a long poll's head may take its time.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Shorter than what servers and balancers keep idle connections for.
    keepAliveTimeout: 4_000,
    connect: { timeout: connectTimeout, keepAlive: true, ...tls },
  };
  if (!httpProxy && !httpsProxy) return new Agent(common);
  return new EnvHttpProxyAgent({
    ...common,
    // Empty texts keep it from looking into the process's environment.
    httpProxy: httpProxy ?? "",
    httpsProxy: httpsProxy ?? "",
    noProxy: noProxy ?? "",
    proxyTls: tls,
    requestTls: tls,
  });
}

function tlsOptions({ certificateAuthorities, verifyCertificates = true }: NodeTransportOptions) {
  const usual = () => getCACertificates?.("default") ?? [...rootCertificates];
  return {
    rejectUnauthorized: verifyCertificates,
    ...(certificateAuthorities !== undefined && { ca: [...usual(), certificateAuthorities] }),
  };
}
