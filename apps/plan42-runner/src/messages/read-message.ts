import type { KeyObject } from "node:crypto";
import { openEnvelope, type PublicKey, publicKeyFromPem } from "@plano/crypto";
import {
  type Parsed,
  parseRequest,
  type RequestMessage,
  type RunnerMessage,
  runnerMessageSchema,
} from "@plano/protocol";
import type { QueueIdentity } from "../queues/queue-keys.ts";
import type { MessageDependencies } from "./send-response.ts";

/** A message whose caller can be answered. */
export interface ReadableMessage {
  readonly messageId: string;
  readonly queueId: string;
  readonly callerId: string;
  readonly callerKey: PublicKey;
  readonly payload: RunnerMessage["Payload"];
}

const noPayload = { EncryptionAlgorithm: "", EncryptedData: "", EphemeralPublicKey: "" };

/** Reads a message as it came. One whose caller cannot be answered is logged, and undefined. */
export function readMessage(
  raw: unknown,
  queue: QueueIdentity,
  { log, measures }: Pick<MessageDependencies, "log" | "measures">,
): ReadableMessage | undefined {
  // A broken payload is answered; a broken caller cannot be.
  const whole = runnerMessageSchema.safeParse(raw);
  const parsed = whole.success
    ? whole
    : runnerMessageSchema.safeParse(
        typeof raw === "object" ? { ...raw, Payload: noPayload, payload: noPayload } : raw,
      );
  if (!parsed.success) {
    measures.messagesUnreadable += 1;
    log.error({ queueID: queue.queueId }, "a message is not understood, and its caller cannot be answered");
    return undefined;
  }
  const { MessageID, CallerID, CallerPublicKey, Payload } = parsed.data;
  try {
    return {
      messageId: MessageID,
      queueId: queue.queueId,
      callerId: CallerID,
      callerKey: publicKeyFromPem(CallerPublicKey),
      payload: Payload,
    };
  } catch (error) {
    measures.messagesUnreadable += 1;
    log.error(
      { queueID: queue.queueId, messageID: MessageID, callerID: CallerID, err: error },
      "a caller cannot be answered",
    );
    return undefined;
  }
}

/** Decrypts and parses the request. Never rejects. */
export async function openRequest(
  { payload }: ReadableMessage,
  privateKey: KeyObject,
): Promise<Parsed<RequestMessage>> {
  let text: string;
  try {
    text = (await openEnvelope(payload, privateKey)).toString("utf8");
  } catch (error) {
    return { ok: false, type: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
  return parseRequest(text);
}
