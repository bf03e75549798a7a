import type { GatewayConfig } from "@plano/config/gateway";

/** What is told of a configuration that is in force. */
export interface Description {
  readonly drain_timeout_ms: number;
  readonly listeners: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly metrics: { readonly address: string; readonly port: number };
  readonly model_providers: readonly {
    readonly name: string;
    readonly model: string;
    readonly provider_interface: string;
    readonly default: boolean;
  }[];
}

export function describeConfig(config: GatewayConfig): Description {
  return {
    drain_timeout_ms: config.overrides.drainTimeout,
    listeners: config.listeners.map(({ name, address, port }) => ({ name, address, port })),
    metrics: config.metrics,
    model_providers: config.providers.map((provider) => ({
      name: provider.name,
      model: provider.model,
      provider_interface: provider.providerInterface,
      default: provider.isDefault,
    })),
  };
}
