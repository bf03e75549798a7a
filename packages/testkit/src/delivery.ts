import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** How a reply is sent, and what goes wrong with it. Times in milliseconds. */
export interface Delivery {
  /** Refuse with this status and the service's own error body. */
  readonly status?: number;
  /** Seconds after which a refused client may come again, said in the service's own way. */
  readonly retryAfter?: number;
  /** Replaces the service's error body. */
  readonly rawBody?: { readonly type: string; readonly text: string };
  readonly beforeHeadMs?: number;
  readonly beforeFirstChunkMs?: number;
  readonly betweenChunksMs?: number;
  /** Write the body in pieces of so many bytes, each its own write. */
  readonly pieceBytes?: number;
  /** After so many chunks: drop the connection, end, fall silent, send a bad event, or the error event. */
  readonly after?: {
    readonly chunks: number;
    readonly fault: "cut" | "end" | "stall" | "malformed" | "error";
  };
}

/** A piece of a body: text, or bytes where the wire is binary. */
export type Chunk = string | Uint8Array;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, in the pieces in which the service would write it. */
  readonly chunks: readonly Chunk[];
  /** The event that the service sends when it fails in the middle. */
  readonly errorChunk: Chunk;
  /** An event that no reader can make sense of. */
  readonly malformedChunk: Chunk;
}

/** Sends a reply as the delivery says. Resolves when all is written; rejects with AbortError when the client goes. */
export async function deliver(
  response: ServerResponse,
  reply: Reply,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  if (delivery.beforeHeadMs) await sleep(delivery.beforeHeadMs, undefined, { signal });
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  if (delivery.beforeFirstChunkMs) await sleep(delivery.beforeFirstChunkMs, undefined, { signal });
  let sent = 0;
  for (const chunk of reply.chunks) {
    if (delivery.after && sent === delivery.after.chunks) {
      const goesOn = await misbehave(response, reply, delivery.after.fault, signal);
      if (!goesOn) return;
    }
    if (sent > 0 && delivery.betweenChunksMs) await sleep(delivery.betweenChunksMs, undefined, { signal });
    await write(response, chunk, delivery.pieceBytes, signal);
    sent += 1;
  }
  response.end();
}

async function misbehave(
  response: ServerResponse,
  reply: Reply,
  what: NonNullable<Delivery["after"]>["fault"],
  signal: AbortSignal,
): Promise<boolean> {
  switch (what) {
    case "cut":
      // Lets what was written reach the wire before the connection breaks.
      await sleep(20, undefined, { signal });
      response.destroy();
      return false;
    case "end":
      response.end();
      return false;
    case "error":
      response.end(reply.errorChunk);
      return false;
    case "stall":
      await sleep(3_600_000, undefined, { signal, ref: false });
      return false;
    case "malformed":
      await write(response, reply.malformedChunk, undefined, signal);
      return true;
  }
}

async function write(
  response: ServerResponse,
  chunk: Chunk,
  pieceBytes: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(chunk);
  const size = pieceBytes ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) {
    signal.throwIfAborted();
    const flowing = response.write(bytes.subarray(at, at + size));
    // A turn of the event loop keeps the pieces apart on the wire.
    if (!flowing) await drained(response, signal);
    else if (pieceBytes !== undefined) await new Promise((resume) => setImmediate(resume));
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    response.once("drain", () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}
