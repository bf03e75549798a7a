import { internalModels } from "../internal-providers.ts";
import type { Draft } from "../normalize.ts";
import { findProvider } from "../provider-table.ts";
import { unknownModel } from "./known-models.ts";
import { failure, placedEntries, type Rule, repeated } from "./rule.ts";

const preferences = ({ config }: Draft) => placedEntries(config.routing_preferences, ["routing_preferences"]);

const namesAreUnique: Rule = (draft) =>
  repeated(preferences(draft), ({ entry }) => entry.name).map(({ entry, path }) =>
    failure(
      "duplicate-name",
      [...path, "name"],
      `Duplicate routing preference name ${JSON.stringify(entry.name)}`,
    ),
  );

const modelsAreConfigured: Rule = (draft) =>
  preferences(draft).flatMap(({ entry, path }) =>
    placedEntries(entry.models, [...path, "models"]).flatMap(({ entry: model, path: place }) => {
      const subject = `a model of routing preference ${JSON.stringify(entry.name)}`;
      return unknownModel("preference-model", place, model.trim(), subject, draft.providers);
    }),
  );

/** What a policy is measured by. */
const metricOf: Readonly<Record<string, "cost" | "latency">> = { cheapest: "cost", fastest: "latency" };

const policiesCanBeMeasured: Rule = (draft) => {
  const present = new Set((draft.config.model_metrics_sources ?? []).map(({ type }) => type));
  return preferences(draft).flatMap(({ entry, path }) => {
    const { prefer } = entry.selection_policy;
    const metric = metricOf[prefer];
    if (metric === undefined || present.has(metric)) return [];
    const message = `\`prefer: ${prefer}\` needs a source of type ${metric} in model_metrics_sources`;
    return [failure("metrics-missing", [...path, "selection_policy", "prefer"], message)];
  });
};

const routingModelsAreKnown: Rule = (draft) =>
  internalModels(draft).flatMap(({ key, written }) => {
    const isPlanos = !written.includes("/") || findProvider(written.split("/", 1)[0] ?? "")?.id === "plano";
    if (key === undefined || isPlanos) return [];
    return unknownModel("routing-model", ["overrides", key], written, `\`${key}\``, draft.providers);
  });

const budgetsHavePrices: Rule = ({ config }) => {
  const hasCosts = (config.model_metrics_sources ?? []).some(({ type }) => type === "cost");
  if (config.routing?.routing_budget === undefined || hasCosts) return [];
  const message = "`routing_budget` needs a source of type cost in model_metrics_sources";
  return [failure("metrics-missing", ["routing", "routing_budget"], message)];
};

const cachesHaveAnAddress: Rule = ({ config }) => {
  const cache = config.routing?.session_cache;
  const path = ["routing", "session_cache"];
  if (cache?.type === "redis" && cache.url === undefined)
    return [
      failure("redis", path, "a session cache of type redis needs a `url`, such as redis://localhost:6379"),
    ];
  if (cache?.url !== undefined && cache.type !== "redis")
    return [failure("redis", [...path, "url"], "`url` belongs to a session cache of type redis")];
  if (cache?.url !== undefined && !/^(?:rediss?:\/\/|\$)/.test(cache.url))
    return [failure("redis", [...path, "url"], "`url` must begin with redis:// or rediss://")];
  return [];
};

const sources = ({ config }: Draft) => placedEntries(config.model_metrics_sources, ["model_metrics_sources"]);

const sourcesAreSingle: Rule = (draft) =>
  repeated(sources(draft), ({ entry }) => entry.type).map(({ entry, path }) =>
    failure("metrics-source", path, `only one source of type ${entry.type} is allowed`),
  );

const sourcesHaveWhatTheirProviderNeeds: Rule = (draft) =>
  sources(draft).flatMap(({ entry, path }) => {
    const needed = entry.provider === "prometheus" ? "latency" : "cost";
    if (entry.type !== needed) {
      const message = `${entry.provider} is a source of type ${needed}`;
      return [failure("metrics-source", [...path, "provider"], message, { value: entry.provider })];
    }
    if (entry.provider !== "prometheus") return [];
    return (["url", "query"] as const)
      .filter((key) => entry[key] === undefined)
      .map((key) => failure("metrics-source", path, `prometheus needs a \`${key}\``));
  });

/** How models are chosen and what that is decided by. */
export const routingRules: readonly Rule[] = [
  namesAreUnique,
  modelsAreConfigured,
  policiesCanBeMeasured,
  routingModelsAreKnown,
  budgetsHavePrices,
  cachesHaveAnAddress,
  sourcesAreSingle,
  sourcesHaveWhatTheirProviderNeeds,
];
