import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createCohere } from "@ai-sdk/cohere";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModel } from "ai";
import type { ClientName } from "./clients/client.ts";

type MakeModel = (url: string, model: string) => LanguageModel;

const apiKey = "unused";

/** The AI SDK's package for each client API, aimed at a gateway. */
export const aiSdkModels: Readonly<Record<ClientName, MakeModel>> = {
  chat: (url, model) => createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat(model),
  responses: (url, model) => createOpenAI({ apiKey, baseURL: `${url}/v1` }).responses(model),
  messages: (url, model) => createAnthropic({ apiKey, baseURL: `${url}/v1` })(model),
  // The package leaves the prefix out of names that hold a slash.
  generate_content: (url, model) => createGoogle({ apiKey, baseURL: `${url}/v1beta` })(`models/${model}`),
  converse: (url, model) => createAmazonBedrock({ apiKey, baseURL: url, region: "us-east-1" })(model),
  cohere_chat: (url, model) => createCohere({ apiKey, baseURL: `${url}/v2` })(model),
};
