import { LOCAL_AGENT_PROVIDER_INTERFACES } from "../local-agents.ts";
import { nearest } from "../nearest.ts";
import { knownProviders } from "../provider-table.ts";
import { referencedNames } from "../references.ts";
import { failure, type Rule } from "./rule.ts";

/** Providers that older configuration files describe by an interface and an address. */
const formerlyUnknown: ReadonlySet<string> = new Set([
  "astraflow",
  "astraflow_cn",
  "cohere",
  "github",
  "meta",
  "minimax",
  "perplexity",
]);

/** What a file may name: services, and programs on this machine. */
const ids: readonly string[] = [...knownProviders.map(({ id }) => id), ...LOCAL_AGENT_PROVIDER_INTERFACES];

const providersArePresent: Rule = ({ providers }) =>
  providers.length === 0
    ? [failure("no-providers", ["model_providers"], "model_providers cannot be empty")]
    : [];

const unknownProvidersAreDescribed: Rule = ({ providers }) =>
  providers
    .filter(({ prefix, known, localAgent }) => prefix && known === undefined && localAgent === undefined)
    .filter(({ baseUrl, declaredInterface }) => baseUrl === undefined || declaredInterface === undefined)
    .map(({ path, prefix, fullModel }) => {
      const spellings = [...ids, ...knownProviders.flatMap(({ aliases }) => aliases)];
      return failure(
        "unknown-provider",
        [...path, "model"],
        `provider ${JSON.stringify(prefix)} is not known. Must provide base_url and provider_interface, or use one of ${ids.join(", ")}`,
        { value: fullModel, suggestion: nearest(prefix ?? "", spellings), allowed: ids },
      );
    });

const knownProvidersHaveNoInterface: Rule = ({ providers }) =>
  providers
    .filter(({ known, declaredInterface }) => known !== undefined && declaredInterface !== undefined)
    .filter(
      ({ known, baseUrl }) =>
        !(known !== undefined && formerlyUnknown.has(known.id) && baseUrl !== undefined),
    )
    .map(({ path, known, declaredInterface }) =>
      failure(
        "interface-given",
        [...path, "provider_interface"],
        `${known?.id} is a known provider. Please provide provider interface as part of model name and remove provider_interface`,
        { value: declaredInterface?.written },
      ),
    );

const interfacesAreKnown: Rule = ({ providers }) =>
  providers
    .filter(
      ({ declaredInterface, localAgent }) =>
        declaredInterface !== undefined && declaredInterface.known === undefined && localAgent === undefined,
    )
    .map(({ path, declaredInterface }) =>
      failure(
        "unknown-interface",
        [...path, "provider_interface"],
        `\`provider_interface\` must be one of ${ids.join(", ")}`,
        {
          value: declaredInterface?.written,
          suggestion: nearest(declaredInterface?.written ?? "", ids),
          allowed: ids,
        },
      ),
    );

const addressesAreGivenWhereNeeded: Rule = ({ providers }) =>
  providers
    .filter(({ known, baseUrl }) => known !== undefined && known.baseUrl === null && baseUrl === undefined)
    .map(({ path, known }) => {
      const example = known?.baseUrlExample === undefined ? "" : `, such as ${known.baseUrlExample}`;
      return failure("base-url-missing", path, `provider ${known?.id} requires base_url${example}`);
    });

const addressesAreHttp: Rule = ({ providers }) =>
  providers.flatMap(({ path, baseUrl }) => {
    if (baseUrl === undefined || referencedNames(baseUrl).length > 0) return [];
    const complaint = complaintAboutUrl(baseUrl);
    if (complaint === undefined) return [];
    const value = mayHoldKey(baseUrl) ? undefined : baseUrl;
    return [failure("base-url", [...path, "base_url"], complaint, { value })];
  });

/** Whether a text has what begins a query, a fragment or the host after user information. */
function mayHoldKey(url: string): boolean {
  return /[?#@]/.test(url);
}

function complaintAboutUrl(text: string): string | undefined {
  const example = "write it as http://host or https://host, with a port and a path if needed";
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text))
    return `\`base_url\` is not a web address; ${example}`;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return "`base_url` must not contain a user name or password";
  if (url.search !== "" || url.hash !== "") return "`base_url` must not contain a query or a fragment";
  return undefined;
}

/** The data plane finds a wildcard by the part of its name before the `/`. */
const customWildcardsKeepTheirPrefix: Rule = ({ providers }) =>
  providers
    .filter(({ known, isWildcard, prefix, name }) => !known && isWildcard && !name.startsWith(`${prefix}/`))
    .map(({ path, name, fullModel }) =>
      failure("wildcard", [...path, "name"], `leave the name out, or let it begin like ${fullModel}`, {
        value: name,
      }),
    );

/** Which providers there are and where they are reached. */
export const providerRules: readonly Rule[] = [
  providersArePresent,
  unknownProvidersAreDescribed,
  knownProvidersHaveNoInterface,
  interfacesAreKnown,
  addressesAreGivenWhereNeeded,
  addressesAreHttp,
  customWildcardsKeepTheirPrefix,
];
