import { createHash } from "node:crypto";
import { publicKeyFromPem, publicKeyToPem } from "@plano/crypto";
import { errorTypes } from "@plano/protocol";
import { and, eq, gte, lt } from "drizzle-orm";
import { queueName } from "../broker/broker.ts";
import { runnerQueues, runners, usedPublicKeys } from "../database/schema.ts";
import { toQueue } from "../database/to-wire.ts";
import { topics } from "../events/events.ts";
import { badRequest, conflict, Failure, forbidden, notFound } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import { isQueue, type QueueKey } from "../services/queue-registry.ts";
import type { Services } from "../services/services.ts";
import type { QueueEndpoint } from "./names.ts";
import { changeRow, deleteRow, findRow } from "./versioned.ts";

const type = "RunnerQueue";
/** Many times what a runner needs; queues that are abandoned go after ten failed checks. */
const mostQueues = 256;

/** Queues of runners. */
export function queueHandlers(services: Services): HandlersFor<QueueEndpoint> {
  const { database, events, broker, queues, calls, timing, now } = services;
  const change = (path: QueueKey) => ({
    table: runnerQueues,
    where: isQueue(path),
    now: now(),
    type,
    toObject: toQueue,
  });

  return {
    registerRunnerQueue: async ({ path, body }) => {
      const pem = readPublicKey(body.PublicKey);
      const time = now();
      const queue = await database.transaction(async (transaction) => {
        const known = await transaction
          .select({ id: runners.id })
          .from(runners)
          .where(
            and(
              eq(runners.tenantId, path.tenantId),
              eq(runners.id, path.runnerId),
              eq(runners.deleted, false),
            ),
          );
        if (known.length === 0) throw notFound("Runner");
        const others = await transaction.$count(
          runnerQueues,
          and(eq(runnerQueues.tenantId, path.tenantId), eq(runnerQueues.runnerId, path.runnerId)),
        );
        if (others >= mostQueues) {
          throw new Failure(429, errorTypes.tooManyRequests, `a runner may have ${mostQueues} queues`, {
            retryAfter: 30,
          });
        }
        const [row] = await transaction
          .insert(runnerQueues)
          .values({
            tenantId: path.tenantId,
            runnerId: path.runnerId,
            id: path.queueId,
            publicKey: pem,
            isHealthy: true,
            draining: false,
            failedChecks: 0,
            successfulChecks: 0,
            nextCheckAt: new Date(time.getTime() + timing.checkInterval),
            createdAt: time,
            updatedAt: time,
          })
          .onConflictDoNothing()
          .returning();
        // A client whose first answer got lost recognises its own queue in the refusal.
        if (!row) {
          throw conflict(
            "queue exists",
            type,
            toQueue(await findRow(transaction, runnerQueues, change(path))),
          );
        }
        const fresh = await transaction
          .insert(usedPublicKeys)
          .values({ hash: createHash("sha256").update(pem).digest("base64"), createdAt: time })
          .onConflictDoNothing()
          .returning();
        if (fresh.length === 0) throw conflict("the public key has been used before", type, {});
        return toQueue(row);
      });
      events.publish(topics.runner(path.tenantId, path.runnerId));
      return queue;
    },
    getRunnerQueue: async ({ path }) => toQueue(await findRow(database, runnerQueues, change(path))),
    updateRunnerQueue: async ({ path, ifMatch, body }) => {
      const known = await findRow(database, runnerQueues, change(path));
      const draining = body.Draining ?? known.draining;
      const isHealthy = body.IsHealthy ?? known.isHealthy;
      if (known.draining && !draining) throw badRequest("a queue that drains goes on draining");
      if (draining && isHealthy)
        throw badRequest("a draining queue is not healthy: Draining needs IsHealthy false");
      const row = await changeRow(
        database,
        { ...change(path), version: ifMatch },
        {
          isHealthy: body.IsHealthy,
          draining: body.Draining,
          failedChecks: body.NConsecutiveFailedHealthChecks,
          successfulChecks: body.NConsecutiveSuccessfulHealthChecks,
          lastCheckAt: body.LastHealthCheckAt === undefined ? undefined : new Date(body.LastHealthCheckAt),
        },
      );
      events.publish(topics.queue(queueName(path)));
      return toQueue(row);
    },
    deleteRunnerQueue: async ({ path, ifMatch }) => {
      await deleteRow(database, { ...change(path), version: ifMatch });
      await broker.removeQueue(queueName(path));
      events.publish(topics.queue(queueName(path)));
    },
    pingRunnerQueue: async ({ path }) => {
      const queue = await queues.find(path);
      if (!queue) throw notFound(type);
      await calls.callQueue(queue, { Type: "PingRequest" }, timing.pingLimit);
    },
    listRunnerQueues: async ({ query, principal }) => {
      const { tenantID, runnerID, minQueueID, maxQueueID } = query;
      if ((tenantID === undefined) !== (runnerID === undefined)) {
        throw badRequest("tenantID and runnerID go together");
      }
      if ((minQueueID === undefined) !== (maxQueueID === undefined)) {
        throw badRequest("minQueueID and maxQueueID go together");
      }
      if (
        tenantID === undefined &&
        (query.includeHealthy !== undefined || query.includeDrained !== undefined)
      ) {
        throw badRequest("includeHealthy and includeDrained need tenantID and runnerID");
      }
      const isOther = tenantID !== undefined && tenantID !== principal.tenantId;
      const isOthers = principal.kind === "runner" && runnerID !== principal.runnerId;
      if (isOther || isOthers) throw forbidden("the token is for queues of its own only");
      const plan = planPage(query, runnerQueues.sequence);
      const tenant = principal.kind === "admin" && tenantID === undefined ? undefined : principal.tenantId;
      const rows = await database
        .select()
        .from(runnerQueues)
        .where(
          plan.where(
            tenant === undefined ? undefined : eq(runnerQueues.tenantId, tenant),
            runnerID === undefined ? undefined : eq(runnerQueues.runnerId, runnerID),
            query.includeHealthy === false ? eq(runnerQueues.isHealthy, false) : undefined,
            query.includeDrained === false ? eq(runnerQueues.draining, false) : undefined,
            minQueueID === undefined ? undefined : gte(runnerQueues.id, minQueueID),
            maxQueueID === undefined ? undefined : lt(runnerQueues.id, maxQueueID),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toQueue);
    },
  };
}

function readPublicKey(pem: string): string {
  try {
    return publicKeyToPem(publicKeyFromPem(pem));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : "invalid public key");
  }
}
