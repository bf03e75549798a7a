import { resolve } from "node:path";
import type { GatewayConfig, ModelProvider } from "./gateway-config.ts";
import type { Draft, DraftProvider } from "./normalize.ts";
import { adaptToProvider } from "./provider-quirks.ts";

/** Turns a draft that passed every rule into the configuration that is served. Paths start from `folder`. */
export function settle(draft: Draft, folder: string | undefined): GatewayConfig {
  const { overrides } = draft;
  const caPath = overrides.upstreamTlsCaPath;
  return {
    listeners: draft.listeners.map(({ name, address, port, timeout }) => ({ name, address, port, timeout })),
    metrics: draft.metrics,
    providers: draft.providers.map((provider) => adaptToProvider(settleProvider(provider))),
    aliases: Object.fromEntries(draft.aliases.map(({ name, target }) => [name, settleTarget(target, draft)])),
    tracing: draft.tracing,
    overrides:
      caPath === undefined || folder === undefined
        ? overrides
        : { ...overrides, upstreamTlsCaPath: resolve(folder, caPath) },
  };
}

/** The data plane finds an entry by its id whatever provider the file calls it after. */
function settleTarget(target: string, { providers }: Draft): string {
  const named = providers.find(({ fullModel, isWildcard }) => !isWildcard && fullModel === target);
  return named?.modelId ?? target;
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
    aws: draft.aws,
  };
}
