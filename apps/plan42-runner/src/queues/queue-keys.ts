import { randomUUID } from "node:crypto";
import { generateKeyPair, type KeyPair, publicKeyToPem } from "@plano/crypto";

/** A queue's id and key pair; both are made anew for every queue. */
export interface QueueIdentity {
  readonly queueId: string;
  readonly keys: KeyPair;
  readonly publicKeyPem: string;
}

export function createQueueIdentity(): QueueIdentity {
  const keys = generateKeyPair();
  return { queueId: randomUUID(), keys, publicKeyPem: publicKeyToPem(keys.publicKey) };
}
