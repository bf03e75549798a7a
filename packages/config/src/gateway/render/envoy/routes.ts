import type { Listener, Overrides } from "../../gateway-config.ts";
import { brightstaffCluster } from "./clusters.ts";
import { seconds } from "./duration.ts";

/** The header by which the filter names the cluster of a request; wasm_host knows it, too. */
const clusterHeader = "x-arch-llm-provider";

/** What the filter adds for Envoy alone, and what Envoy adds for itself. */
const privateHeaders = [clusterHeader, "x-forwarded-proto", "x-request-id"];

/**
 * More than any body that the filter lets through, in either direction: the 64 MiB of a provider's answer, written
 * anew for another API. Envoy breaks off what is larger in the middle of the filter's work.
 */
const largestBody = 256 * 1024 * 1024;

/** All routes of a listener of the model APIs. */
export function modelRoutes(listener: Listener, overrides: Overrides): object {
  return {
    name: routesName(listener),
    virtual_hosts: [
      {
        name: "all",
        domains: ["*"],
        request_body_buffer_limit: largestBody,
        routes: [healthRoute, providerRoute(listener, overrides), brightstaffRoute(overrides)],
      },
    ],
  };
}

/** Names the routes of a listener by its place; also a file's name. */
export function routesName({ address, port }: Listener): string {
  return `routes_${address.replaceAll(/\W/g, "_")}_${port}`;
}

const never = { numerator: 0 };

/** Who asks is a probe: its spans would crowd out those of calls. */
const healthRoute = {
  match: { path: "/healthz" },
  direct_response: { status: 200, body: { inline_string: "ok\n" } },
  response_headers_to_add: [
    { header: { key: "content-type", value: "text/plain" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
  ],
  tracing: { client_sampling: never, random_sampling: never, overall_sampling: never },
};

/** A body that stops coming is the client's fault; what goes on behind is brightstaff's to end. */
function brightstaffRoute({ upstreamIdleTimeout }: Overrides): object {
  const idle = { idle_timeout: seconds(upstreamIdleTimeout) };
  return { match: { prefix: "/" }, route: { cluster: brightstaffCluster, timeout: "0s", ...idle } };
}

/** Streams may last as long as they say something now and then. */
function providerRoute(listener: Listener, overrides: Overrides): object {
  return {
    match: { prefix: "/", headers: [{ name: clusterHeader, present_match: true }] },
    route: {
      cluster_header: clusterHeader,
      timeout: "0s",
      idle_timeout: seconds(overrides.upstreamIdleTimeout),
      retry_policy: retryPolicy(listener, overrides),
    },
    request_headers_to_remove: privateHeaders,
  };
}

function retryPolicy({ maxRetries, timeout }: Listener, { upstreamFirstByteTimeout }: Overrides): object {
  const silence = { per_try_idle_timeout: seconds(Math.min(timeout, upstreamFirstByteTimeout)) };
  // A connection that the provider had closed meanwhile: nothing of the request was taken.
  if (maxRetries === undefined) return { retry_on: "reset-before-request", num_retries: 1, ...silence };
  return {
    retry_on: "5xx,connect-failure,refused-stream,reset,retriable-status-codes",
    retriable_status_codes: [429, 500, 502, 503, 504],
    num_retries: maxRetries,
    retry_back_off: { base_interval: "0.5s", max_interval: "5s" },
    ...silence,
  };
}
