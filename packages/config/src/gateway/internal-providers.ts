import type { ModelProvider } from "./gateway-config.ts";
import type { Draft } from "./normalize.ts";

/** Where Plano's own models are served. */
const baseUrl = "https://archfc.katanemo.dev";

const usualOrchestrator = "Plano-Orchestrator";

/** A model that the gateway itself asks. */
export interface InternalModel {
  /** Name of the provider that is added when the file has none for it. */
  readonly provider: string;
  readonly key: "llm_routing_model" | "agent_orchestration_model" | undefined;
  /** `provider/model` or an id, as the file has it. */
  readonly written: string;
}

/** The models that a configuration makes the gateway itself ask, with their defaults. */
export function internalModels({ config, listeners, overrides }: Draft): InternalModel[] {
  const models: InternalModel[] = [];
  if ((config.routing_preferences ?? []).length > 0) {
    const written = overrides.llmRoutingModel ?? usualOrchestrator;
    models.push({ provider: "plano-orchestrator", key: "llm_routing_model", written });
  }
  if ((config.prompt_targets ?? []).length > 0) {
    models.push({ provider: "arch-function", key: undefined, written: "Arch-Function" });
  }
  if (listeners.some(({ type }) => type === "agent")) {
    const written = overrides.agentOrchestrationModel ?? usualOrchestrator;
    models.push({ provider: "plano/orchestrator", key: "agent_orchestration_model", written });
  }
  return models;
}

/** The id of a model of the gateway's own use, without the `plano/` that it may be written with. */
export function internalModelId(written: string): string {
  return written.slice(written.indexOf("/") + 1);
}

/** Providers for the models that the gateway itself asks and the file has no provider for. */
export function internalProviders(draft: Draft): ModelProvider[] {
  const present = new Set(draft.providers.flatMap(({ modelId, name }) => [modelId, name]));
  const added: ModelProvider[] = [];
  for (const { provider, written } of internalModels(draft)) {
    const model = internalModelId(written);
    if (present.has(model) || present.has(provider)) continue;
    present.add(model);
    added.push(planoProvider(provider, model));
  }
  return added;
}

function planoProvider(name: string, model: string): ModelProvider {
  return {
    name,
    model,
    providerInterface: "plano",
    isDefault: false,
    isInternal: true,
    accessKey: undefined,
    passthroughAuth: false,
    baseUrl,
    httpHost: undefined,
    headers: {},
    aws: undefined,
  };
}
