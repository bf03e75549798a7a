import type { QueueIdentity } from "../queues/queue-keys.ts";
import { answerRequest } from "./answer-request.ts";
import { openRequest, readMessage } from "./read-message.ts";
import { type MessageDependencies, sendResponse } from "./send-response.ts";

/**
 * One message, from the poll to its answer: read it, decrypt the request with the queue's key, let its handler
 * answer, and send the response back to its caller. Never rejects: every failure is answered if the caller
 * can be answered, and logged if not.
 */
export async function processMessage(
  raw: unknown,
  queue: QueueIdentity,
  dependencies: MessageDependencies,
): Promise<void> {
  const message = readMessage(raw, queue, dependencies);
  if (message === undefined) return;
  const request = await openRequest(message, queue.keys.privateKey);
  const response = await answerRequest(request, message, dependencies);
  await sendResponse(response, message, dependencies);
}
