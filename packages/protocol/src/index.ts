export type { Endpoint, PrincipalKind } from "./endpoints/endpoint.ts";
export {
  type BodyOf,
  type EndpointName,
  endpoints,
  type PathOf,
  pathOf,
  type QueryOf,
  type ResultOf,
} from "./endpoints/index.ts";
export { batchSize, longestPoll } from "./endpoints/queues.ts";
export { type ErrorBody, errorBodySchema, errorTypes } from "./error-body.ts";
export { isLoopbackUrl } from "./loopback.ts";
export {
  failureResponse,
  type MessageHandlers,
  type Parsed,
  parseRequest,
  parseResponse,
  type RequestMessage,
  type RequestOf,
  type RequestType,
  type ResponseMessage,
  type ResponseTo,
  type ResponseType,
  responseTypeOf,
} from "./messages/messages.ts";
export type { PullRequestFeedback } from "./messages/shapes.ts";
export { defaultId, type Environment, environmentSchema } from "./objects/environment.ts";
export { type GithubConnection, githubConnectionSchema } from "./objects/github-connection.ts";
export {
  envelopeSchema,
  type MessagesBatch,
  type RunnerMessage,
  type RunnerQueue,
  runnerMessageSchema,
  runnerQueueSchema,
} from "./objects/queue.ts";
export {
  type GeneratedRunnerToken,
  type Runner,
  type RunnerTokenMetadata,
  runnerSchema,
  runnerTokenSchema,
} from "./objects/runner.ts";
export { type RepositoryInfoMap, type Task, taskSchema, taskStates } from "./objects/task.ts";
export { type Tenant, tenantSchema } from "./objects/tenant.ts";
export {
  isTerminal,
  type LastTurnLog,
  type Turn,
  type TurnLogEntry,
  turnLogEntrySchema,
  turnLogLimits,
  turnSchema,
  turnStatuses,
} from "./objects/turn.ts";
export { describeFaults } from "./wire.ts";
