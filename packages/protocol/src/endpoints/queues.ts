import { z } from "zod";
import { envelopeSchema, messagesBatchSchema, runnerQueueSchema } from "../objects/queue.ts";
import { booleanText, numberText, timestamp, wireObject } from "../wire.ts";
import { endpoint, page, pageQuery, users, usersAndRunner } from "./endpoint.ts";

const queue = "/v1/tenants/{tenantId}/runners/{runnerId}/queues/{queueId}";

/** The longest that a poll may ask to wait, in seconds. */
export const longestPoll = 120;
const mostChecks = 1_000_000_000;
/** How many messages one poll brings at most. */
export const batchSize = 10;

export const queueEndpoints = {
  registerRunnerQueue: endpoint({
    method: "PUT",
    path: queue,
    summary: "Registers a queue with a public key that was never used before.",
    callers: usersAndRunner,
    status: 201,
    body: wireObject({ PublicKey: z.string().max(4096) }),
    result: runnerQueueSchema,
  }),
  getRunnerQueue: endpoint({
    method: "GET",
    path: queue,
    summary: "Shows a queue.",
    callers: usersAndRunner,
    status: 200,
    result: runnerQueueSchema,
  }),
  updateRunnerQueue: endpoint({
    method: "PATCH",
    path: queue,
    summary: "Changes a queue's state. A draining queue gets no new messages and is never healthy again.",
    callers: usersAndRunner,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      IsHealthy: z.boolean().optional(),
      Draining: z.boolean().optional(),
      NConsecutiveFailedHealthChecks: z.number().int().min(0).max(mostChecks).optional(),
      NConsecutiveSuccessfulHealthChecks: z.number().int().min(0).max(mostChecks).optional(),
      LastHealthCheckAt: timestamp.optional(),
    }),
    result: runnerQueueSchema,
  }),
  deleteRunnerQueue: endpoint({
    method: "DELETE",
    path: queue,
    summary: "Deletes a queue for good.",
    callers: usersAndRunner,
    status: 204,
    ifMatch: "required",
  }),
  pingRunnerQueue: endpoint({
    method: "POST",
    path: `${queue}/ping`,
    summary: "Sends a ping through a queue and answers when the runner has.",
    callers: users,
    status: 204,
  }),
  listRunnerQueues: endpoint({
    method: "GET",
    path: "/v1/runner-queues",
    summary: "Lists queues: of one runner, or of all.",
    callers: usersAndRunner,
    status: 200,
    query: wireObject({
      ...pageQuery,
      tenantID: z.string().optional(),
      runnerID: z.string().optional(),
      includeHealthy: booleanText.optional(),
      includeDrained: booleanText.optional(),
      /** Inclusive. */
      minQueueID: z.string().optional(),
      /** Exclusive. */
      maxQueueID: z.string().optional(),
    }),
    result: page(runnerQueueSchema),
  }),
  getMessagesBatch: endpoint({
    method: "GET",
    path: `${queue}/messages`,
    summary: "Takes up to ten messages out of a queue, waiting for the first. A message is given out once.",
    callers: usersAndRunner,
    status: 200,
    query: wireObject({ maxWaitSeconds: numberText.min(0).max(longestPoll).optional() }),
    result: messagesBatchSchema,
  }),
  writeResponse: endpoint({
    method: "PUT",
    path: `${queue}/messages/{messageId}/response`,
    summary: "Answers a message, encrypted to its caller. An answer that nobody waits for is dropped.",
    callers: usersAndRunner,
    status: 204,
    body: wireObject({ CallerID: z.string(), Payload: envelopeSchema }),
  }),
} as const;
