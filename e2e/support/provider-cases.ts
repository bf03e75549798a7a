import type { Provider, ServiceName } from "@plano/testkit";
import type { ClientName } from "./clients/client.ts";

export type ProviderId =
  | "openai"
  | "together_ai"
  | "chatgpt"
  | "anthropic"
  | "gemini"
  | "amazon_bedrock"
  | "cohere";

/** One provider as the gateway knows it, and what its stand-in makes of it. */
export interface ProviderCase {
  readonly id: ProviderId;
  /** The stand-in behind it. */
  readonly service: ServiceName;
  /** The APIs that it offers natively. */
  readonly apis: readonly ClientName[];
  /** Path of its base URL. */
  readonly basePath: string;
  /** An ordinary model, one that reasons, one that sees; without the provider's name. */
  readonly model: string;
  readonly thinkingModel: string;
  readonly visionModel: string;
  /** What goes before `scenario-`, so that the model's own rules hold. */
  readonly family: string;
  readonly thinkingFamily: string;
  /** The header that carries its key. */
  readonly keyHeader: (key: string) => readonly [name: string, value: string];
  /** What the provider cannot be told, so that it does not happen. */
  readonly cannot: ReadonlySet<"limit tokens" | "stop at text" | "call singly" | "refuse">;
  /** The status with which it answers to a model that it does not have. */
  readonly unknownModelStatus: number;
}

const bearer = (key: string) => ["authorization", `Bearer ${key}`] as const;

export const providerCases: readonly ProviderCase[] = [
  {
    id: "openai",
    service: "openai",
    apis: ["chat", "responses"],
    basePath: "",
    model: "gpt-4o",
    thinkingModel: "gpt-5",
    visionModel: "gpt-4o",
    family: "",
    thinkingFamily: "gpt-5-",
    keyHeader: bearer,
    cannot: new Set(),
    unknownModelStatus: 404,
  },
  {
    id: "together_ai",
    service: "together",
    apis: ["chat"],
    basePath: "",
    model: "gpt-4o",
    thinkingModel: "gpt-4o",
    visionModel: "gpt-4o",
    family: "",
    thinkingFamily: "",
    keyHeader: bearer,
    cannot: new Set(),
    unknownModelStatus: 404,
  },
  {
    id: "chatgpt",
    service: "chatgpt",
    apis: ["responses"],
    basePath: "/backend-api/codex",
    model: "gpt-5",
    thinkingModel: "gpt-5",
    visionModel: "gpt-5",
    family: "gpt-5-",
    thinkingFamily: "gpt-5-",
    keyHeader: bearer,
    cannot: new Set(["limit tokens", "stop at text"]),
    unknownModelStatus: 400,
  },
  {
    id: "anthropic",
    service: "anthropic",
    apis: ["messages"],
    basePath: "",
    model: "claude-sonnet-4-5",
    thinkingModel: "claude-sonnet-4-5",
    visionModel: "claude-sonnet-4-5",
    family: "",
    thinkingFamily: "claude-sonnet-4-5-",
    keyHeader: (key) => ["x-api-key", key],
    cannot: new Set(),
    unknownModelStatus: 404,
  },
  {
    id: "gemini",
    service: "gemini",
    apis: ["generate_content"],
    basePath: "",
    model: "gemini-2.5-flash",
    thinkingModel: "gemini-2.5-pro",
    visionModel: "gemini-2.5-flash",
    family: "gemini-2.5-flash-",
    thinkingFamily: "gemini-2.5-flash-",
    keyHeader: (key) => ["x-goog-api-key", key],
    cannot: new Set(["call singly"]),
    unknownModelStatus: 404,
  },
  {
    id: "amazon_bedrock",
    service: "bedrock",
    apis: ["converse"],
    basePath: "",
    model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    thinkingModel: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    visionModel: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    family: "anthropic.claude-sonnet-4-5-",
    thinkingFamily: "anthropic.claude-sonnet-4-5-",
    keyHeader: bearer,
    cannot: new Set(["call singly"]),
    unknownModelStatus: 400,
  },
  {
    id: "cohere",
    service: "cohere",
    apis: ["cohere_chat"],
    basePath: "",
    model: "command-a-03-2025",
    thinkingModel: "command-a-reasoning-08-2025",
    visionModel: "command-a-vision-07-2025",
    family: "",
    thinkingFamily: "command-a-reasoning-",
    keyHeader: bearer,
    // A refusal is an error there, without a word on why.
    cannot: new Set(["call singly", "refuse"]),
    unknownModelStatus: 404,
  },
];

/** The path at which a provider is asked, whole. The model may be in it. */
export function upstreamPath(
  provider: ProviderCase,
  client: ClientName,
  model: string,
  stream: boolean,
): RegExp {
  const api = provider.apis.includes(client) ? client : provider.apis[0];
  const name = (api === "converse" ? encodeURIComponent(model) : model).replaceAll(".", "\\.");
  switch (api) {
    case "chat":
      return /^\/v1\/chat\/completions$/;
    case "responses":
      return new RegExp(`^${provider.basePath === "" ? "/v1" : provider.basePath}/responses$`);
    case "messages":
      return /^\/v1\/messages$/;
    case "generate_content":
      return new RegExp(`^/v1(beta)?/models/${name}:${stream ? "streamG" : "g"}enerateContent$`);
    case "converse":
      return new RegExp(`^/model/${name}/converse${stream ? "-stream" : ""}$`);
    default:
      return /^\/v2\/chat$/;
  }
}

/** The gateway's entry for a provider: all its models, by `<id>/…`. */
export function providerEntry(
  { id, basePath }: ProviderCase,
  standIn: Provider,
): Readonly<Record<string, unknown>> {
  return {
    model: `${id}/*`,
    base_url: `${standIn.url}${basePath}`,
    access_key: `$${keyVariable(id)}`,
    ...(id === "chatgpt" && { passthrough_auth: false }),
  };
}

/** The variable that holds the key of a provider. */
export function keyVariable(id: ProviderId): string {
  return `STAND_IN_${id.toUpperCase()}_KEY`;
}
