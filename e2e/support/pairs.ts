import { chatClient } from "./clients/chat.ts";
import type { Client, ClientName, ClientOptions } from "./clients/client.ts";
import { cohereChatClient } from "./clients/cohere-chat.ts";
import { converseClient } from "./clients/converse.ts";
import { generateContentClient } from "./clients/generate-content.ts";
import { messagesClient } from "./clients/messages.ts";
import { responsesClient } from "./clients/responses.ts";
import { type ProviderCase, type ProviderId, providerCases } from "./provider-cases.ts";

/** The official SDK of each client API. */
const clients: Readonly<Record<ClientName, (options: ClientOptions) => Client>> = {
  chat: chatClient,
  messages: messagesClient,
  responses: responsesClient,
  generate_content: generateContentClient,
  converse: converseClient,
  cohere_chat: cohereChatClient,
};

export interface Pair {
  readonly clientName: ClientName;
  readonly providerId: ProviderId;
  readonly provider: ProviderCase;
  readonly client: (options: ClientOptions) => Client;
}

/** Every client API with every provider. */
export const pairs: readonly Pair[] = Object.entries(clients).flatMap(([name, client]) =>
  providerCases.map((provider) => ({
    clientName: name as ClientName,
    providerId: provider.id,
    provider,
    client,
  })),
);

/** Client APIs that can say that calls come one at a time. */
export const sayCallSingly: ReadonlySet<ClientName> = new Set(["chat", "messages", "responses"]);

/** The status that a client sees for the status of a provider. Between the same APIs nothing changes. */
export function expectedStatus(status: number, { clientName, provider }: Pair): number {
  if (provider.apis.includes(clientName)) return status;
  // The Converse API has no 401.
  if (status === 401) return clientName === "converse" ? 403 : 401;
  if (status === 503 || status === 529) return clientName === "messages" ? 529 : 503;
  return status;
}
