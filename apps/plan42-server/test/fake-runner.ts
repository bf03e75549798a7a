import { randomUUID } from "node:crypto";
import type { Client } from "@plano/client";
import {
  generateKeyPair,
  type KeyPair,
  openEnvelope,
  publicKeyFromPem,
  publicKeyToPem,
  sealEnvelope,
} from "@plano/crypto";
import {
  failureResponse,
  type MessageHandlers,
  parseRequest,
  type RunnerMessage,
  type RunnerQueue,
  runnerMessageSchema,
} from "@plano/protocol";

export interface FakeRunnerOptions {
  readonly client: Client;
  readonly tenantId: string;
  readonly runnerId: string;
  readonly handlers?: Partial<MessageHandlers<RunnerMessage>>;
  readonly keyPair?: KeyPair;
  readonly maxWaitSeconds?: number;
}

/** One queue that is polled, as a runner does it, without any of a runner's care. */
export interface FakeRunner {
  readonly queue: RunnerQueue;
  readonly path: { readonly tenantId: string; readonly runnerId: string; readonly queueId: string };
  /** The messages that came, as they were given out. */
  readonly received: readonly RunnerMessage[];
  /** Stops polling; the queue stays. */
  stop(): Promise<void>;
}

/** Registers a queue and answers what comes through it. */
export async function startFakeRunner(options: FakeRunnerOptions): Promise<FakeRunner> {
  const {
    client,
    tenantId,
    runnerId,
    handlers = {},
    keyPair = generateKeyPair(),
    maxWaitSeconds = 30,
  } = options;
  const path = { tenantId, runnerId, queueId: randomUUID() };
  const queue = await client.call("registerRunnerQueue", {
    path,
    body: { PublicKey: publicKeyToPem(keyPair.publicKey) },
  });
  const received: RunnerMessage[] = [];
  const stop = new AbortController();

  const answer = async (message: RunnerMessage) => {
    const parsed = parseRequest((await openEnvelope(message.Payload, keyPair.privateKey)).toString());
    const type = parsed.ok ? parsed.message.Type : (parsed.type ?? "");
    let response: object = failureResponse(type, parsed.ok ? "no handler" : parsed.reason);
    if (parsed.ok) {
      const handler = handlers[parsed.message.Type];
      if (handler) response = await handler(parsed.message as never, message);
      else if (parsed.message.Type === "PingRequest") response = { Type: "PingResponse" };
    }
    await client.call("writeResponse", {
      path: { ...path, messageId: message.MessageID },
      body: {
        CallerID: message.CallerID,
        Payload: await sealEnvelope(JSON.stringify(response), publicKeyFromPem(message.CallerPublicKey)),
      },
    });
  };

  const polling = (async () => {
    while (!stop.signal.aborted) {
      const { Messages } = await client.call("getMessagesBatch", {
        path,
        query: { maxWaitSeconds },
        signal: stop.signal,
      });
      for (const item of Messages) {
        const message = runnerMessageSchema.parse(item);
        received.push(message);
        answer(message).catch(() => {});
      }
    }
  })().catch(() => {});

  return {
    queue,
    path,
    received,
    stop: async () => {
      stop.abort();
      await polling;
    },
  };
}
