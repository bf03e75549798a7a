import type { Provider } from "@plano/testkit";
import { type Gateway, startGateway } from "./gateway.ts";
import { startProvider } from "./provider.ts";

/** Two stand-in providers and a gateway in front of them. */
export interface Stage {
  readonly openai: Provider;
  readonly anthropic: Provider;
  readonly gateway: Gateway;
  /** Ends all three. */
  strike(): Promise<void>;
}

/**
 * Sets the stage: every model of both stand-ins by `openai/…` and `anthropic/…`. What is given goes over the
 * usual config.
 */
export async function setStage(config: Readonly<Record<string, unknown>> = {}): Promise<Stage> {
  const openai = await startProvider({ service: "openai" });
  const anthropic = await startProvider({ service: "anthropic" });
  try {
    const gateway = await startGateway({
      config: { model_providers: wildcardProviders(openai, anthropic), ...config },
      environment: { OPENAI_API_KEY: openai.key, ANTHROPIC_API_KEY: anthropic.key },
    });
    return {
      openai,
      anthropic,
      gateway,
      async strike() {
        await gateway.stop();
        await Promise.all([openai.close(), anthropic.close()]);
      },
    };
  } catch (error) {
    await Promise.all([openai.close(), anthropic.close()]);
    throw error;
  }
}

function wildcardProviders(openai: Provider, anthropic: Provider) {
  return [
    { model: "openai/*", base_url: openai.url, access_key: "$OPENAI_API_KEY" },
    { model: "anthropic/*", base_url: anthropic.url, access_key: "$ANTHROPIC_API_KEY" },
  ];
}
