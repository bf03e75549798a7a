import { parseDuration } from "./duration.ts";
import { parseEndpoint, usualPort } from "./endpoint-address.ts";
import type { Endpoint } from "./gateway-config.ts";
import type { Draft } from "./normalize.ts";

/** The named services of a file, and its agents and filters as such, by their ids. */
export function settleEndpoints({ config }: Draft): Record<string, Endpoint> {
  const endpoints: Record<string, Endpoint> = {};
  for (const [name, written] of Object.entries(config.endpoints ?? {})) {
    const address = parseEndpoint(written.endpoint);
    if (address === undefined) continue;
    const protocol = address.protocol ?? written.protocol;
    endpoints[name] = {
      host: address.host,
      port: address.port ?? usualPort(protocol),
      protocol,
      httpHost: written.http_host,
      connectTimeout:
        written.connect_timeout === undefined ? undefined : parseDuration(written.connect_timeout),
      prefixAffinity: written.prefix_affinity,
    };
  }
  for (const { id, url } of [...(config.agents ?? []), ...(config.filters ?? [])]) {
    if (URL.canParse(url)) endpoints[id] = endpointOf(new URL(url));
  }
  return endpoints;
}

function endpointOf(url: URL): Endpoint {
  const protocol = url.protocol === "https:" ? "https" : "http";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? usualPort(protocol) : Number(url.port),
    protocol,
    httpHost: undefined,
    connectTimeout: undefined,
    prefixAffinity: false,
  };
}
