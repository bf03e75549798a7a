import { ApiError, type Client, withRetry } from "@plano/client";
import { sealEnvelope } from "@plano/crypto";
import { withDeadline } from "@plano/waiting";
import type { Logger } from "pino";
import type { Measures } from "../host/measures.ts";
import type { HandlerContext } from "./handlers/context.ts";
import type { ReadableMessage } from "./read-message.ts";

/** What it takes to handle messages. */
export interface MessageDependencies {
  readonly client: Client;
  readonly tenantId: string;
  readonly runnerId: string;
  readonly context: HandlerContext;
  readonly measures: Measures;
  readonly log: Logger;
}

const attempts = 3;
const limitMilliseconds = 30_000;

/** Encrypts a response to its caller and writes it. Never rejects: a caller that is gone is not waited for. */
export async function sendResponse(
  response: object,
  { messageId, queueId, callerId, callerKey }: ReadableMessage,
  { client, tenantId, runnerId, measures, log }: MessageDependencies,
): Promise<void> {
  try {
    const payload = await sealEnvelope(JSON.stringify(response), callerKey);
    await withDeadline(limitMilliseconds, (signal) =>
      withRetry(
        () =>
          client.call("writeResponse", {
            path: { tenantId, runnerId, queueId, messageId },
            body: { CallerID: callerId, Payload: payload },
            signal,
          }),
        { attempts, within: limitMilliseconds, signal },
      ),
    );
    measures.responses += 1;
  } catch (error) {
    measures.responseErrors += 1;
    const isGone = error instanceof ApiError && error.status === 404;
    log[isGone ? "warn" : "error"](
      { messageID: messageId, queueID: queueId, err: error },
      "a response was not delivered",
    );
  }
}
