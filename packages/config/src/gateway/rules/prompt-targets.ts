import { parseEndpoint } from "../endpoint-address.ts";
import { nearest } from "../nearest.ts";
import { failure, placedEntries, type Rule, repeated } from "./rule.ts";

const endpointsAreAddresses: Rule = ({ config }) =>
  Object.entries(config.endpoints ?? {})
    .filter(([, { endpoint }]) => parseEndpoint(endpoint) === undefined)
    .map(([name, { endpoint }]) =>
      failure(
        "endpoint",
        ["endpoints", name, "endpoint"],
        "`endpoint` must be host or host:port, without a path",
        {
          value: endpoint,
        },
      ),
    );

const namesAreUnique: Rule = ({ config }) =>
  repeated(placedEntries(config.prompt_targets, ["prompt_targets"]), ({ entry }) => entry.name).map(
    ({ entry, path }) =>
      failure(
        "duplicate-name",
        [...path, "name"],
        `Duplicate prompt target name ${JSON.stringify(entry.name)}`,
      ),
  );

const onlyOneDefaultTarget: Rule = ({ config }) =>
  placedEntries(config.prompt_targets, ["prompt_targets"])
    .filter(({ entry }) => entry.default)
    .slice(1)
    .map(({ entry, path }) =>
      failure(
        "default-count",
        [...path, "default"],
        `only one prompt target can be default; ${entry.name} is another`,
      ),
    );

const targetsNameAnEndpoint: Rule = ({ config }) => {
  const services = [...(config.agents ?? []), ...(config.filters ?? [])].map(({ id }) => id);
  const names = [...Object.keys(config.endpoints ?? {}), ...services];
  return placedEntries(config.prompt_targets, ["prompt_targets"]).flatMap(({ entry, path }) => {
    const name = entry.endpoint?.name;
    if (name === undefined || names.includes(name)) return [];
    const known = names.length === 0 ? "; there are no endpoints" : `; endpoints: ${names.join(", ")}`;
    return [
      failure(
        "unknown-endpoint",
        [...path, "endpoint", "name"],
        `Unknown endpoint ${JSON.stringify(name)} of prompt target ${JSON.stringify(entry.name)}${known}`,
        { value: name, suggestion: nearest(name, names), allowed: names },
      ),
    ];
  });
};

const orchestratorHasOneEndpoint: Rule = ({ config, overrides }) => {
  const { agents = [], filters = [], endpoints = {} } = config;
  const count = agents.length + filters.length + Object.keys(endpoints).length;
  if (overrides.useAgentOrchestrator !== true || count === 1) return [];
  return [
    failure(
      "orchestrator-endpoint",
      ["overrides", "use_agent_orchestrator"],
      `use_agent_orchestrator needs exactly one endpoint, agents and filters included; there are ${count}`,
    ),
  ];
};

/** Named services and what calls them. */
export const promptTargetRules: readonly Rule[] = [
  endpointsAreAddresses,
  namesAreUnique,
  onlyOneDefaultTarget,
  targetsNameAnEndpoint,
  orchestratorHasOneEndpoint,
];
