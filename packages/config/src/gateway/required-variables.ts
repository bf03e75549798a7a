import type { GatewayConfig, ModelProvider } from "./gateway-config.ts";
import { isReference, referencedNames } from "./references.ts";

/** An environment variable that a configuration refers to. */
export interface RequiredVariable {
  readonly name: string;
  /** What needs it: names of providers, or paths of other keys, in order. */
  readonly usedBy: readonly string[];
}

interface Use {
  readonly user: string;
  readonly texts: readonly (string | undefined)[];
}

/** The variables that must be set before the data plane can start, in the order they first appear. */
export function requiredVariables(config: GatewayConfig): RequiredVariable[] {
  const users = new Map<string, string[]>();
  const uses = [...config.providers.map(useOfProvider), ...usesElsewhere(config)];
  for (const { user, texts } of uses) {
    const present = texts.filter((text) => text !== undefined);
    for (const name of new Set(present.flatMap(referencedNames))) {
      users.set(name, [...(users.get(name) ?? []), user]);
    }
  }
  return [...users].map(([name, usedBy]) => ({ name, usedBy }));
}

function useOfProvider({ name, accessKey, baseUrl, headers, aws }: ModelProvider): Use {
  const key = accessKey !== undefined && isReference(accessKey) ? accessKey : undefined;
  return { user: name, texts: [key, baseUrl, ...Object.values(headers), ...Object.values(aws ?? {})] };
}

function usesElsewhere({ tracing, sections }: GatewayConfig): Use[] {
  return [
    ...(sections.prompt_targets ?? []).map(({ name, endpoint }) => ({
      user: name,
      texts: Object.values(endpoint?.http_headers ?? {}),
    })),
    { user: "tracing.opentracing_grpc_endpoint", texts: [tracing?.opentracing_grpc_endpoint] },
    ...(tracing?.exporters ?? []).map(({ url, api_key }, index) => ({
      user: `tracing.exporters[${index}]`,
      texts: [url, api_key],
    })),
    { user: "state_storage.connection_string", texts: [sections.state_storage?.connection_string] },
    { user: "routing.session_cache.url", texts: [sections.routing?.session_cache.url] },
  ];
}
