import { chatClient } from "./clients/chat.ts";
import type { Client, ClientOptions } from "./clients/client.ts";
import { messagesClient } from "./clients/messages.ts";
import { responsesClient } from "./clients/responses.ts";

export interface Pair {
  readonly clientName: Client["name"];
  readonly provider: "openai" | "anthropic";
  /** An ordinary model of the provider, as the client names it. */
  readonly model: string;
  readonly client: (options: ClientOptions) => Client;
}

/** Every pair of client API and provider API that is served. */
export const pairs: readonly Pair[] = [
  { clientName: "chat", provider: "openai", model: "openai/gpt-4o", client: chatClient },
  { clientName: "chat", provider: "anthropic", model: "anthropic/claude-sonnet-4-5", client: chatClient },
  { clientName: "messages", provider: "openai", model: "openai/gpt-4o", client: messagesClient },
  {
    clientName: "messages",
    provider: "anthropic",
    model: "anthropic/claude-sonnet-4-5",
    client: messagesClient,
  },
  { clientName: "responses", provider: "openai", model: "openai/gpt-4o", client: responsesClient },
];

/** Pairs that are refused by name. */
export const unservedPairs: readonly Pair[] = [
  {
    clientName: "responses",
    provider: "anthropic",
    model: "anthropic/claude-sonnet-4-5",
    client: responsesClient,
  },
];
