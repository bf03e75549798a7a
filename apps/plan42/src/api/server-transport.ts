import { createNodeTransport, type NodeTransport, proxySettings } from "@plano/client/node";
import { isLoopbackUrl } from "@plano/protocol";
import type { Environment } from "../context.ts";

/** A transport to one server. */
export interface ServerTransport extends NodeTransport {
  /** Host and port of the proxy that the environment names for it; undefined without one. */
  readonly proxy: string | undefined;
}

/** Goes by the proxy that the environment names, but for a server on this machine, which no proxy knows. */
export function openTransport(url: string, environment: Environment): ServerTransport {
  if (isLoopbackUrl(url)) return { ...createNodeTransport(), proxy: undefined };
  const settings = proxySettings(environment);
  const named = url.startsWith("https:") ? settings.httpsProxy : settings.httpProxy;
  // Its user name and password are not for messages.
  return { ...createNodeTransport(settings), proxy: named && (URL.parse(named)?.host ?? "") };
}
