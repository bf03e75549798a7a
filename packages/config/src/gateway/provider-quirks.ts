import type { ModelProvider } from "./gateway-config.ts";

/** Fills in what a provider needs and every user of it would otherwise have to write. */
export function adaptToProvider(provider: ModelProvider): ModelProvider {
  if (provider.providerInterface === "chatgpt") return adaptToChatgpt(provider);
  if (isKimiCodingPlan(provider)) return adaptToKimiCodingPlan(provider);
  return provider;
}

/** The subscription service knows its callers by their own token and by the client they use. */
function adaptToChatgpt(provider: ModelProvider): ModelProvider {
  return {
    ...provider,
    passthroughAuth: provider.passthroughAuth || provider.accessKey === undefined,
    headers: withDefaults(provider.headers, {
      originator: "codex_cli_rs",
      "user-agent": "codex_cli_rs/0.0.0 (Unknown 0; unknown) unknown",
    }),
  };
}

function isKimiCodingPlan({ baseUrl, model }: ModelProvider): boolean {
  if (baseUrl === undefined) return false;
  return model === "kimi-for-coding" || hostOf(baseUrl) === "api.kimi.com";
}

/** The coding plan serves only clients it knows, below `/coding/v1`. */
function adaptToKimiCodingPlan(provider: ModelProvider): ModelProvider {
  const { baseUrl } = provider;
  const isShort = baseUrl !== undefined && hostOf(baseUrl) === "api.kimi.com" && /\/coding\/?$/.test(baseUrl);
  return {
    ...provider,
    baseUrl: isShort ? `${baseUrl.replace(/\/$/, "")}/v1` : baseUrl,
    headers: withDefaults(provider.headers, { "User-Agent": "KimiCLI/1.3" }),
  };
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** Adds headers that are not there yet under any spelling. */
function withDefaults(
  headers: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const present = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const missing = Object.entries(defaults).filter(([name]) => !present.has(name.toLowerCase()));
  return { ...headers, ...Object.fromEntries(missing) };
}
