import type { Provider } from "@plano/testkit";
import { type Gateway, startGateway } from "./gateway.ts";
import { startProvider } from "./provider.ts";
import { keyVariable, type ProviderId, providerCases, providerEntry } from "./provider-cases.ts";

/** A stand-in for every provider API and a gateway in front of them all. */
export interface FullStage {
  readonly standIns: Readonly<Record<ProviderId, Provider>>;
  readonly gateway: Gateway;
  strike(): Promise<void>;
}

/** Sets the stage. What is given goes over the usual config. */
export async function setFullStage(config: Readonly<Record<string, unknown>> = {}): Promise<FullStage> {
  const started = await Promise.all(
    providerCases.map(async ({ id, service }) => [id, await startProvider({ service })] as const),
  );
  const standIns = Object.fromEntries(started) as Record<ProviderId, Provider>;
  const close = () => Promise.all(started.map(([, standIn]) => standIn.close()));
  try {
    const gateway = await startGateway({
      config: {
        model_providers: providerCases.map((provider) => providerEntry(provider, standIns[provider.id])),
        ...config,
      },
      environment: Object.fromEntries(started.map(([id, standIn]) => [keyVariable(id), standIn.key])),
    });
    return {
      standIns,
      gateway,
      async strike() {
        await gateway.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
