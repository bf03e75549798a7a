import providersFile from "../../../../config/providers.json" with { type: "json" };

/** What the compiler knows about a provider; a part of its entry in config/providers.json. */
export interface KnownProvider {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Its usual address; null when every configuration must name one. */
  readonly baseUrl: string | null;
  readonly baseUrlExample: string | undefined;
  /** The environment variable that its key is usually kept in. */
  readonly environmentKey: string | null;
  /** Its address without a configuration file; undefined when it takes no part in that. */
  readonly zeroConfigBaseUrl: string | undefined;
}

interface ProviderEntry {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly base_url: string | null;
  readonly base_url_example?: string;
  readonly env_key: string | null;
  readonly zero_config?: { readonly base_url: string };
  readonly local_agent?: boolean;
}

const entries: readonly ProviderEntry[] = providersFile.providers;

/** Every provider that is a service, in the order of the table. */
export const knownProviders: readonly KnownProvider[] = entries
  .filter(({ local_agent }) => !local_agent)
  .map((entry) => ({
    id: entry.id,
    aliases: entry.aliases,
    baseUrl: entry.base_url,
    baseUrlExample: entry.base_url_example,
    environmentKey: entry.env_key,
    zeroConfigBaseUrl: entry.zero_config?.base_url,
  }));

/** The provider with this id or alias, whatever its case. */
export function findProvider(name: string): KnownProvider | undefined {
  const wanted = name.toLowerCase();
  return knownProviders.find((provider) => provider.id === wanted || provider.aliases.includes(wanted));
}
