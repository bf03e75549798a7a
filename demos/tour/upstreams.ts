import { createProvider, defaultKey } from "@plano/testkit";

/** Where the tour's requests end up: the real service if its key is set, else a stand-in on this machine. */
export interface Upstream {
  readonly service: keyof typeof services;
  /** For people. */
  readonly description: string;
  /** The provider's part of the gateway config. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly keyName: string;
  readonly key: string;
  /** The model that the tour asks for, as a client names it. */
  readonly model: string;
  readonly isReal: boolean;
  close(): Promise<void>;
}

const services = {
  openai: { keyName: "OPENAI_API_KEY", host: "api.openai.com", model: "gpt-4o-mini", standInPace: 12 },
  anthropic: {
    keyName: "ANTHROPIC_API_KEY",
    host: "api.anthropic.com",
    model: "claude-haiku-4-5",
    standInPace: 12,
  },
} as const;

/** Finds or starts the provider behind one service. */
export async function openUpstream(
  service: keyof typeof services,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Upstream> {
  const { keyName, host, model, standInPace } = services[service];
  const shared = { service, keyName, model: `${service}/${model}` };
  const config = { model: `${service}/*`, access_key: `$${keyName}` };
  const key = environment[keyName];
  if (key) {
    return { ...shared, config, key, description: host, isReal: true, close: () => Promise.resolve() };
  }
  const provider = await createProvider({
    service,
    // A pause between chunks, so that one can see a stream stream.
    handler: ({ stream }) => (stream ? { delivery: { betweenChunksMs: standInPace } } : undefined),
  });
  return {
    ...shared,
    config: { ...config, base_url: provider.url },
    key: defaultKey(service),
    description: `a strict stand-in at ${provider.url} (set ${keyName} for the real service)`,
    isReal: false,
    close: () => provider.close(),
  };
}
