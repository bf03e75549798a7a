import { stringify } from "yaml";
import { knownProviders } from "./provider-table.ts";

export interface ZeroConfig {
  /** A configuration file, in YAML. */
  readonly text: string;
  /** `env-keyed: a, b | pass-through: c` */
  readonly summary: string;
}

export interface ZeroConfigOptions {
  /** Which providers' keys are set decides how each provider is reached; the keys themselves are not used. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Port of the model listener. Default 12000. */
  readonly port?: number;
}

/**
 * The configuration that is used when there is none: all models of every provider with a well-known
 * address, first those whose key is set, then those that get the client's own credentials.
 */
export function zeroConfig({ environment, port = 12000 }: ZeroConfigOptions): ZeroConfig {
  const candidates = knownProviders.filter((provider) => provider.zeroConfigBaseUrl !== undefined);
  const keyOf = (name: string | null) => (name === null ? undefined : environment[name]);
  const keyed = candidates.filter((provider) => keyOf(provider.environmentKey));
  const passed = candidates.filter((provider) => !keyed.includes(provider));
  const entry = ({ id, zeroConfigBaseUrl }: (typeof candidates)[number]) => ({
    name: id,
    model: `${id}/*`,
    base_url: zeroConfigBaseUrl,
  });
  const tree = {
    version: "v0.4.0",
    listeners: [{ name: "llm", type: "model", port, address: "127.0.0.1" }],
    model_providers: [
      ...keyed.map((provider) => ({ ...entry(provider), access_key: `$${provider.environmentKey}` })),
      ...passed.map((provider) => ({ ...entry(provider), passthrough_auth: true })),
    ],
    tracing: { random_sampling: 100 },
  };
  const names = (label: string, list: typeof candidates) =>
    list.length === 0 ? [] : [`${label}: ${list.map(({ id }) => id).join(", ")}`];
  return {
    text: stringify(tree),
    summary: [...names("env-keyed", keyed), ...names("pass-through", passed)].join(" | "),
  };
}
