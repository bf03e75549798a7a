export type { Answer, AnswerDraft, Facts, ToolCall, Usage } from "./answer.ts";
export { type Certificates, createCertificates } from "./certificates.ts";
export type { Delivery } from "./delivery.ts";
export type { Directive, Handler } from "./exchange.ts";
export { defaultKey, defaultModels, type ServiceName } from "./models.ts";
export { createProvider, type Provider, type ProviderOptions } from "./provider.ts";
export type { Outcome, ReceivedRequest } from "./received-request.ts";
export { scenarioNames } from "./scenarios.ts";
