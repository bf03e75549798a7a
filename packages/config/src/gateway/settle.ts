import { resolve } from "node:path";
import { settleBaseUrl } from "./base-url.ts";
import type { GatewayConfig, Listener, LocalAgents, ModelProvider, Overrides } from "./gateway-config.ts";
import {
  type InternalModel,
  internalModelId,
  internalModels,
  internalProviders,
} from "./internal-providers.ts";
import type { Draft, DraftListener, DraftProvider } from "./normalize.ts";
import { adaptToProvider } from "./provider-quirks.ts";
import { settleEndpoints } from "./settle-endpoints.ts";
import { settleSections } from "./settle-sections.ts";

/** Turns a draft that passed every rule into the configuration that is served. Paths start from `folder`. */
export function settle(draft: Draft, folder: string | undefined): GatewayConfig {
  const providers = draft.providers.map((provider) => adaptToProvider(settleProvider(provider)));
  return {
    listeners: draft.listeners.map(settleListener),
    metrics: draft.metrics,
    providers: [...providers, ...internalProviders(draft)],
    aliases: Object.fromEntries(draft.aliases.map(({ name, target }) => [name, modelTarget(target, draft)])),
    tracing: draft.config.tracing,
    overrides: settleOverrides(draft, folder),
    localAgents: settleLocalAgents(draft, folder),
    endpoints: settleEndpoints(draft),
    sections: settleSections(draft.config),
  };
}

/** The data plane finds an entry by its id whatever provider the file calls it after. */
function modelTarget(target: string, { providers }: Draft): string {
  const named = providers.find(({ fullModel, isWildcard }) => !isWildcard && fullModel === target);
  return named?.modelId ?? target;
}

function settleListener({ name, type, address, port, timeout, written }: DraftListener): Listener {
  return {
    name,
    type,
    address,
    port: port ?? 0,
    timeout,
    router: written.router,
    maxRetries: written.max_retries,
    agents: written.agents,
    inputFilters: written.input_filters,
    outputFilters: written.output_filters,
  };
}

function settleProvider(draft: DraftProvider): ModelProvider {
  const provider = draft.declaredInterface?.known ?? draft.known;
  return {
    name: draft.name,
    model: draft.modelId,
    providerInterface: provider?.id ?? draft.localAgent ?? "",
    isDefault: draft.isDefault,
    isInternal: false,
    accessKey: draft.passthroughAuth ? undefined : draft.accessKey,
    passthroughAuth: draft.passthroughAuth,
    baseUrl: draft.baseUrl === undefined ? undefined : settleBaseUrl(draft.baseUrl),
    httpHost: draft.httpHost,
    headers: draft.headers,
    aws: draft.aws,
  };
}

function settleOverrides(draft: Draft, folder: string | undefined): Overrides {
  const { overrides } = draft;
  const { upstreamTlsCaPath: path } = overrides;
  return {
    ...overrides,
    upstreamTlsCaPath: path === undefined || folder === undefined ? path : resolve(folder, path),
    llmRoutingModel: internalModelFor("llm_routing_model", draft) ?? overrides.llmRoutingModel,
    agentOrchestrationModel:
      internalModelFor("agent_orchestration_model", draft) ?? overrides.agentOrchestrationModel,
  };
}

/** Programs work in the folder of the file unless it says otherwise. */
function settleLocalAgents(
  { providers, localAgents }: Draft,
  folder: string | undefined,
): LocalAgents | undefined {
  if (providers.every(({ localAgent }) => localAgent === undefined)) return undefined;
  const { workingDirectory } = localAgents;
  return {
    ...localAgents,
    workingDirectory: folder === undefined ? workingDirectory : resolve(folder, workingDirectory ?? "."),
  };
}

function internalModelFor(key: InternalModel["key"], draft: Draft): string | undefined {
  const model = internalModels(draft).find((model) => model.key === key);
  return model && internalModelId(model.written);
}
