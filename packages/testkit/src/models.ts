export const serviceNames = [
  "openai",
  "anthropic",
  "gemini",
  "bedrock",
  "cohere",
  "chatgpt",
  "together",
] as const;
export type ServiceName = (typeof serviceNames)[number];

const models: Readonly<Record<ServiceName, readonly string[]>> = {
  openai: ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-5", "gpt-5-mini", "o3", "o4-mini"],
  anthropic: ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1", "claude-opus-4-8"],
  gemini: ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-3-pro"],
  bedrock: [
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "amazon.nova-pro-v1:0",
    "meta.llama3-3-70b-instruct-v1:0",
  ],
  chatgpt: ["gpt-5", "gpt-5-codex"],
  together: ["gpt-4o", "gpt-oss-120b"],
  cohere: ["command-a-03-2025", "command-a-vision-07-2025", "command-a-reasoning-08-2025"],
};

const keys: Readonly<Record<ServiceName, string>> = {
  openai: "sk-stand-in-openai",
  anthropic: "sk-ant-stand-in",
  gemini: "AIza-stand-in",
  bedrock: "ABSK-stand-in",
  chatgpt: "chatgpt-stand-in",
  together: "together-stand-in",
  cohere: "co-stand-in",
};

/** Models that a stand-in knows unless it is told others. */
export function defaultModels(service: ServiceName): readonly string[] {
  return models[service];
}

/** The key that a stand-in takes unless it is told others. Opens nothing anywhere else. */
export function defaultKey(service: ServiceName): string {
  return keys[service];
}
