import type { GatewayConfig, ModelProvider } from "./gateway-config.ts";
import type { Draft, DraftProvider } from "./normalize.ts";
import { adaptToProvider } from "./provider-quirks.ts";

/** Turns a draft that passed every rule into the configuration that is served. */
export function settle(draft: Draft): GatewayConfig {
  return {
    listeners: draft.listeners.map(({ name, address, port, timeout }) => ({ name, address, port, timeout })),
    metrics: draft.metrics,
    providers: draft.providers.map((provider) => adaptToProvider(settleProvider(provider))),
    aliases: Object.fromEntries(draft.aliases.map(({ name, target }) => [name, target])),
    tracing: draft.tracing,
    overrides: draft.overrides,
  };
}

function settleProvider(draft: DraftProvider): ModelProvider {
  const provider = draft.declaredInterface?.known ?? draft.known;
  return {
    name: draft.name,
    model: draft.modelId,
    providerInterface: provider?.id ?? "",
    isDefault: draft.isDefault,
    accessKey: draft.passthroughAuth ? undefined : draft.accessKey,
    passthroughAuth: draft.passthroughAuth,
    baseUrl: draft.baseUrl,
    headers: draft.headers,
  };
}
