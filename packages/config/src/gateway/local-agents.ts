/**
 * Provider interfaces that run a program on this machine, with all the rights of who started the
 * gateway, instead of calling a service. One more is one more entry.
 */
export const LOCAL_AGENT_PROVIDER_INTERFACES = ["claude-cli"] as const;

/** The name of such an interface. */
export type LocalAgentInterface = (typeof LOCAL_AGENT_PROVIDER_INTERFACES)[number];

/** Which of them a provider is of: by its interface, or by what its model or name begins with. */
export function localAgentOf(provider: {
  readonly model: string;
  readonly name: string;
  readonly provider_interface?: string;
}): LocalAgentInterface | undefined {
  const { model, name, provider_interface: declared } = provider;
  return LOCAL_AGENT_PROVIDER_INTERFACES.find(
    (id) => declared?.trim() === id || [model, name].some((text) => text.trim().startsWith(`${id}/`)),
  );
}

/** The interface of a provider of a configuration that is in order; undefined for a service. */
export function localAgentInterface({
  providerInterface,
}: {
  readonly providerInterface: string;
}): LocalAgentInterface | undefined {
  return LOCAL_AGENT_PROVIDER_INTERFACES.find((id) => id === providerInterface);
}
