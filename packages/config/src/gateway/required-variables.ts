import type { GatewayConfig } from "./gateway-config.ts";
import { isReference, referencedNames } from "./references.ts";

/** An environment variable that a configuration refers to. */
export interface RequiredVariable {
  readonly name: string;
  /** Names of the providers that need it, in order. */
  readonly usedBy: readonly string[];
}

/** The variables that must be set before the data plane can start, in the order they first appear. */
export function requiredVariables(config: GatewayConfig): RequiredVariable[] {
  const users = new Map<string, string[]>();
  for (const provider of config.providers) {
    const key =
      provider.accessKey !== undefined && isReference(provider.accessKey) ? [provider.accessKey] : [];
    const aws = Object.values(provider.aws ?? {}).filter((text) => text !== undefined);
    const texts = [...key, provider.baseUrl ?? "", ...Object.values(provider.headers), ...aws];
    for (const name of new Set(texts.flatMap(referencedNames))) {
      users.set(name, [...(users.get(name) ?? []), provider.name]);
    }
  }
  return [...users].map(([name, usedBy]) => ({ name, usedBy }));
}
