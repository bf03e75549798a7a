import { createProvider, type Provider, type ProviderOptions } from "@plano/testkit";
import { standInAddress } from "./mode.ts";

/** Starts a stand-in provider where the gateway reaches it. */
export function startProvider(options: ProviderOptions): Promise<Provider> {
  return createProvider({ address: standInAddress, ...options });
}
