import { referencedNames } from "../references.ts";
import { unknownModel } from "./known-models.ts";
import { failure, placedEntries, type Rule, repeated } from "./rule.ts";

const collectorsAreWebAddresses: Rule = ({ config }) => {
  const endpoint = config.tracing?.opentracing_grpc_endpoint;
  const path = ["tracing", "opentracing_grpc_endpoint"];
  if (endpoint === undefined || referencedNames(endpoint).length > 0) return [];
  const example = "write it as http://host:port, such as http://localhost:4317";
  if (!/^https?:\/\/[^/?#]/i.test(endpoint) || !URL.canParse(endpoint))
    return [
      failure("collector", path, `the scheme of the collector must be http or https; ${example}`, {
        value: endpoint,
      }),
    ];
  const { username, password, pathname, search, hash } = new URL(endpoint);
  if (username !== "" || password !== "")
    return [failure("collector", path, `the collector must be without name and password; ${example}`)];
  if (pathname === "/" && search === "" && hash === "") return [];
  return [
    failure("collector", path, `the path of the collector must be empty; ${example}`, { value: endpoint }),
  ];
};

const databasesHaveAnAddress: Rule = ({ config }) => {
  const { type, connection_string: address } = config.state_storage ?? {};
  const path = ["state_storage"];
  if (type === "postgres" && address === undefined)
    return [failure("database", path, "state_storage of type postgres needs a `connection_string`")];
  if (type === "memory" && address !== undefined)
    return [
      failure("database", [...path, "connection_string"], "`connection_string` belongs to type postgres"),
    ];
  return [];
};

const limitedModelsAreConfigured: Rule = ({ config, providers }) =>
  placedEntries(config.ratelimits, ["ratelimits"]).flatMap(({ entry, path }) =>
    unknownModel("limit-model", [...path, "model"], entry.model, "the model of a rate limit", providers),
  );

const limitsAreSingle: Rule = ({ config }) =>
  repeated(placedEntries(config.ratelimits, ["ratelimits"]), ({ entry }) =>
    JSON.stringify([entry.model, entry.selector.key.toLowerCase(), entry.selector.value]),
  ).map(({ path }) =>
    failure("duplicate-limit", path, "there is a limit of this model and selector already"),
  );

const exportersHaveAnAddress: Rule = ({ config }) =>
  placedEntries(config.tracing?.exporters, ["tracing", "exporters"])
    .filter(({ entry }) => referencedNames(entry.url).length === 0 && !/^https?:\/\/[^/?#]/i.test(entry.url))
    .map(({ path }) =>
      failure("exporter", [...path, "url"], "`url` is not a web address; write it as https://host"),
    );

/** What is kept, limited and told while the gateway runs. */
export const operationRules: readonly Rule[] = [
  collectorsAreWebAddresses,
  exportersHaveAnAddress,
  databasesHaveAnAddress,
  limitedModelsAreConfigured,
  limitsAreSingle,
];
