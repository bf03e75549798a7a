import type { Listener } from "../../gateway-config.ts";
import { isLoopback } from "../../loopback.ts";
import { extension } from "./any.ts";

/**
 * The filter that refuses web pages whose name was given this machine's address (DNS rebinding), for listeners that
 * only this machine reaches: to a browser, the gateway is that site then. Programs name no origin, and a page that
 * came by TLS is of another site. `brightstaff/web_pages` says the same.
 */
export function reboundPages({ address }: Listener): object[] {
  if (!isLoopback(address)) return [];
  const rules = [
    { header: { name: "origin", present_match: true } },
    { header: { name: "origin", string_match: { prefix: "https://" }, invert_match: true } },
    {
      header: { name: ":authority", string_match: { safe_regex: { regex: localName } }, invert_match: true },
    },
  ];
  const policy = { permissions: [{ and_rules: { rules } }], principals: [{ any: true }] };
  return [
    extension("envoy.filters.http.rbac", "extensions.filters.http.rbac.v3.RBAC", {
      rules: { action: "DENY", policies: { rebound_pages: policy } },
    }),
  ];
}

/** An address, or a name that nobody can register; maybe with a port. */
const localName = String.raw`(?i)(\[[0-9a-f:.]+\]|[0-9.]+|(.+\.)?(localhost|local|internal)\.?)(:[0-9]*)?`;
