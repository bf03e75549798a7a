import { failureResponse, type Parsed, type RequestMessage } from "@plano/protocol";
import { handlers } from "./handlers/index.ts";
import type { ReadableMessage } from "./read-message.ts";
import type { MessageDependencies } from "./send-response.ts";

/** What stands for the type of a request that could not be decrypted. */
const unknownType = "ErrorRequest";

/** The response to a request: its handler's, or one that says why there is none. Never rejects. */
export async function answerRequest(
  request: Parsed<RequestMessage>,
  { messageId, callerId, queueId }: ReadableMessage,
  { context, log, measures }: MessageDependencies,
): Promise<object> {
  const ids = { messageID: messageId, callerID: callerId, queueID: queueId };
  if (!request.ok) {
    measures.messagesUnreadable += 1;
    log.error({ ...ids, type: request.type, reason: request.reason }, "a message cannot be handled");
    return failureResponse(request.type ?? unknownType, request.reason);
  }
  const { message } = request;
  log.debug({ ...ids, type: message.Type }, "message");
  try {
    return await handle(message, context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ ...ids, type: message.Type, err: error }, "a handler failed");
    return failureResponse(message.Type, reason);
  }
}

/** The handler that belongs to a message's type; the map's own type makes sure that there is one. */
function handle(message: RequestMessage, context: MessageDependencies["context"]): Promise<object> {
  const handler = handlers[message.Type] as (
    request: RequestMessage,
    context: MessageDependencies["context"],
  ) => Promise<object>;
  return handler(message, context);
}
