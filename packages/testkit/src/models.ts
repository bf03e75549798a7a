export type ServiceName = "openai" | "anthropic";

const models: Readonly<Record<ServiceName, readonly string[]>> = {
  openai: ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-5", "gpt-5-mini", "o3", "o4-mini"],
  anthropic: ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1", "claude-opus-4-8"],
};

/** Models that a stand-in knows unless it is told others. */
export function defaultModels(service: ServiceName): readonly string[] {
  return models[service];
}

/** The key that a stand-in takes unless it is told others. Opens nothing anywhere else. */
export function defaultKey(service: ServiceName): string {
  return service === "openai" ? "sk-stand-in-openai" : "sk-ant-stand-in";
}
