import { nearest } from "../nearest.ts";
import type { Draft } from "../normalize.ts";
import type { Path } from "../problem.ts";
import { type Finding, failure, type Placed, placedEntries, type Rule, repeated, warning } from "./rule.ts";

interface Service {
  readonly id: string;
  readonly url: string;
}

function services({ config }: Draft): Placed<Service>[] {
  return [...placedEntries(config.agents, ["agents"]), ...placedEntries(config.filters, ["filters"])];
}

const idsAreUnique: Rule = (draft) =>
  repeated(services(draft), ({ entry }) => entry.id).map(({ entry, path }) =>
    failure("duplicate-id", [...path, "id"], `Duplicate agent id ${JSON.stringify(entry.id)}`),
  );

const idsAreNoEndpoints: Rule = (draft) =>
  services(draft)
    .filter(({ entry }) => Object.hasOwn(draft.config.endpoints ?? {}, entry.id))
    .map(({ entry, path }) =>
      failure("duplicate-id", [...path, "id"], `there is an endpoint ${JSON.stringify(entry.id)} already`),
    );

const urlsAreHttp: Rule = (draft) =>
  services(draft)
    .filter(({ entry }) => !/^https?:\/\/[^/?#]/i.test(entry.url) || !URL.canParse(entry.url))
    .map(({ path }) =>
      failure(
        "url",
        [...path, "url"],
        "`url` is not a web address; write it as http://host:port or https://host",
      ),
    );

const toolsAreOfMcp: Rule = ({ config }) =>
  placedEntries(config.filters, ["filters"])
    .filter(({ entry }) => entry.type !== "mcp" && entry.tool !== undefined)
    .map(({ path }) => failure("filter-type", [...path, "tool"], "`tool` belongs to filters of type mcp"));

/** Files that name an agent before it is there are in use; only requests to that agent fail. */
const listenerAgentsExist: Rule = ({ config, listeners }) => {
  const ids = (config.agents ?? []).map(({ id }) => id);
  return listeners.flatMap(({ name, path, written }) =>
    placedEntries(written.agents, [...path, "agents"])
      .filter(({ entry }) => !ids.includes(entry.id))
      .map(({ entry, path: place }) =>
        warning(
          "unknown-agent",
          [...place, "id"],
          `listener ${JSON.stringify(name)} references agent '${entry.id}', which is not defined in agents${listed(ids)}; requests to it fail`,
          { value: entry.id, suggestion: nearest(entry.id, ids), allowed: ids },
        ),
      ),
  );
};

const filtersExist: Rule = (draft) => {
  const ids = services(draft).map(({ entry }) => entry.id);
  return draft.listeners.flatMap(({ name, path, written }) => {
    const listener = `listener ${JSON.stringify(name)}`;
    const agents = placedEntries(written.agents, [...path, "agents"]).flatMap(({ entry, path: place }) =>
      undefinedFilters(
        `agent '${entry.id}' of ${listener}`,
        "input_filters",
        entry.input_filters,
        place,
        ids,
      ),
    );
    return [
      ...undefinedFilters(listener, "input_filters", written.input_filters, path, ids),
      ...undefinedFilters(listener, "output_filters", written.output_filters, path, ids),
      ...agents,
    ];
  });
};

function undefinedFilters(
  owner: string,
  key: string,
  filters: readonly string[] | undefined,
  path: Path,
  ids: readonly string[],
): Finding[] {
  return placedEntries(filters, [...path, key])
    .filter(({ entry }) => !ids.includes(entry))
    .map(({ entry, path: place }) =>
      failure(
        "unknown-filter",
        place,
        `${owner} references ${key} id '${entry}', which is not defined in agents or filters${listed(ids)}`,
        { value: entry, suggestion: nearest(entry, ids), allowed: ids },
      ),
    );
}

function listed(ids: readonly string[]): string {
  return ids.length === 0 ? "" : `; there are ${[...new Set(ids)].join(", ")}`;
}

/** Agents, filters, and who refers to them. */
export const agentRules: readonly Rule[] = [
  idsAreUnique,
  idsAreNoEndpoints,
  urlsAreHttp,
  toolsAreOfMcp,
  listenerAgentsExist,
  filtersExist,
];
