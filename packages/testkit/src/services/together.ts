import type { Api } from "../apis/api.ts";
import { chatApi } from "../apis/chat/chat.ts";
import type { ChatRequest } from "../apis/chat/schema.ts";
import { openaiService } from "./openai.ts";
import { type Endpoint, generate, type Service } from "./service.ts";

/** What services that speak this API take besides, and give back: the reasoning of earlier turns. */
const extras = ["reasoning", "reasoning_content", "reasoning_details"];

const openChatApi: Api<ChatRequest> = {
  ...chatApi,
  parse: (body, headers) => chatApi.parse(withoutExtras(body), headers),
};

function withoutExtras(body: unknown): unknown {
  if (body === null || typeof body !== "object" || !("messages" in body)) return body;
  if (!Array.isArray(body.messages)) return body;
  const messages = body.messages.map((message: unknown) =>
    message === null || typeof message !== "object"
      ? message
      : Object.fromEntries(Object.entries(message).filter(([name]) => !extras.includes(name))),
  );
  return { ...body, messages };
}

const chat: ReadonlyMap<string, Endpoint> = new Map([["POST", generate(openChatApi)]]);

/** `api.together.xyz`, one of many that speak chat completions and nothing else. */
export const togetherService: Service = {
  ...openaiService,
  find(path, models, query) {
    if (path === "/v1/chat/completions") return chat;
    return path.startsWith("/v1/models") ? openaiService.find(path, models, query) : undefined;
  },
};
