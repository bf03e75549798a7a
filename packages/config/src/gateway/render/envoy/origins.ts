import type { GatewayConfig } from "../../gateway-config.ts";
import { findProvider } from "../../provider-table.ts";
import { replaceReferences } from "../../references.ts";

/** Where a provider listens. */
export interface Origin {
  /** Of its cluster; the data plane names it so, too: `https://api.openai.com:443`, an IPv6 address without brackets. */
  readonly name: string;
  readonly https: boolean;
  readonly host: string;
  readonly port: number;
}

/** The addresses of all providers, each once, in the order of the configuration. */
export function originsOf(
  config: GatewayConfig,
  variables: Readonly<Record<string, string>>,
): readonly Origin[] {
  const origins = new Map<string, Origin>();
  for (const provider of config.providers) {
    const written = provider.baseUrl ?? findProvider(provider.providerInterface)?.baseUrl;
    if (!written) continue;
    const origin = originOf(replaceReferences(written, variables));
    if (origin !== undefined) origins.set(origin.name, origin);
  }
  return [...origins.values()];
}

/** The address of a URL; undefined when it is none. */
export function originOf(text: string): Origin | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const https = url.protocol === "https:";
  const port = url.port === "" ? (https ? 443 : 80) : Number(url.port);
  return { name: `${url.protocol}//${hostAsWritten(text)}:${port}`, https, host: url.hostname, port };
}

/** The data plane takes the host of a variable's value as it stands. */
function hostAsWritten(url: string): string {
  const [, bracketed, bare] = /^[^/]*\/\/(?:\[([^\]]*)\]|([^/?#:]*))/.exec(url) ?? [];
  return bracketed ?? bare ?? "";
}
