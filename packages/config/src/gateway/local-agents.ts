/**
 * Provider interfaces that run a program on this machine, with all the rights of who started the
 * gateway, instead of calling a service. One more is one more entry.
 */
const localAgentInterfaces = ["claude-cli"] as const;

/** The name of such an interface. */
export type LocalAgentInterface = (typeof localAgentInterfaces)[number];

/** Which of them a provider is of: by its interface, or by what its model or name begins with. */
export function localAgentOf(provider: {
  readonly model: string;
  readonly name: string;
  readonly provider_interface?: string;
}): LocalAgentInterface | undefined {
  const { model, name, provider_interface: declared } = provider;
  return localAgentInterfaces.find(
    (id) => declared === id || [model, name].some((text) => text.trim().startsWith(`${id}/`)),
  );
}
