import { parseToken } from "@plano/crypto";
import { type AllowedHost, parseAllowedHost } from "@plano/runtime";
import type { InvokeRequest } from "./check-request.ts";

/** The hosts that a request lets its job connect to, or why its list cannot be kept. */
export type JobHosts =
  /** Undefined: the request has no list, and there is no limit. */
  | { readonly ok: true; readonly hosts: readonly AllowedHost[] | undefined }
  | { readonly ok: false; readonly reason: string };

/** Reads the environment's list. The service itself is always on it, since the agent reports to it. */
export function jobHosts(request: InvokeRequest, serviceUrl: string): JobHosts {
  const { AllowedHosts: entries } = request.Environment;
  if (entries.length === 0) return { ok: true, hosts: undefined };
  const hosts: AllowedHost[] = [serviceHost(request.AgentToken) ?? hostOf(serviceUrl)].flatMap(
    (host) => host ?? [],
  );
  for (const entry of entries) {
    const result = parseAllowedHost(entry);
    if (!result.ok) return { ok: false, reason: `invalid allowed host: ${result.problem}` };
    hosts.push(...result.hosts);
  }
  return { ok: true, hosts };
}

/** Where the agent finds the service: its token's issuer. */
function serviceHost(agentToken: string): AllowedHost | undefined {
  try {
    return hostOf(parseToken(agentToken).claims.iss ?? "");
  } catch {
    // A token of another form; the runner's own URL stands in.
    return undefined;
  }
}

function hostOf(url: string): AllowedHost | undefined {
  const { protocol, hostname, port } = URL.parse(url) ?? {};
  if (hostname === undefined || hostname === "" || hostname.startsWith("[")) return undefined;
  return { host: hostname, port: Number(port) || (protocol === "http:" ? 80 : 443) };
}
