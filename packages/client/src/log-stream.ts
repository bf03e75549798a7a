import { type PathOf, type TurnLogEntry, turnLogEntrySchema } from "@plano/protocol";
import { sleep } from "@plano/waiting";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { createBackoff } from "./backoff.ts";
import type { Client } from "./client.ts";
import { ApiError, ConnectionError, isTransient } from "./errors.ts";

export interface LogStreamOptions {
  readonly signal?: AbortSignal;
  /** Continues after the entry of this id. */
  readonly lastEventId?: string | undefined;
  readonly includeDeleted?: boolean;
  /** How long a connection may be silent, in milliseconds. Default 60,000. */
  readonly idleLimit?: number;
}

/** One entry of a turn's log. Ids rise; the last one seen is what a stream continues from. */
export interface StreamedLogEntry extends TurnLogEntry {
  readonly id: string | undefined;
}

/**
 * Follows a turn's log until the turn has ended and all is read. Connects anew by itself, also when the
 * server is away for a while; rejects when the server refuses, or with the signal's reason.
 */
export async function* streamTurnLogs(
  client: Client,
  path: PathOf<"streamTurnLogs">,
  options: LogStreamOptions = {},
): AsyncGenerator<StreamedLogEntry, void, undefined> {
  const { signal, includeDeleted, idleLimit = 60_000 } = options;
  let lastEventId = options.lastEventId;
  let retry: number | undefined;
  const backoff = createBackoff({ minimum: 100, maximum: 2_000 });
  for (;;) {
    try {
      const reply = await client.open("streamTurnLogs", {
        path,
        signal,
        query: { includeDeleted },
        headers: {
          Accept: "text/event-stream",
          ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }),
        },
      });
      if (reply.status === 204) return;
      const onRetry = (milliseconds: number) => {
        retry = milliseconds;
      };
      for await (const event of readEvents(reply.stream(), { idleLimit, signal, onRetry })) {
        backoff.succeeded();
        const entry = event.event === "log" || event.event === undefined ? parseEntry(event.data) : undefined;
        lastEventId = event.id ?? lastEventId;
        if (entry) yield { ...entry, id: event.id };
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ApiError && !isTransient(error)) throw error;
      await sleep(backoff.failed(error instanceof ApiError ? error.retryAfter : undefined), signal);
      continue;
    }
    await sleep(retry ?? backoff.failed(), signal);
  }
}

function parseEntry(data: string): TurnLogEntry | undefined {
  try {
    return turnLogEntrySchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

interface EventReading {
  readonly idleLimit: number;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (milliseconds: number) => void;
}

async function* readEvents(
  body: ReadableStream<Uint8Array> | undefined,
  { idleLimit, signal, onRetry }: EventReading,
) {
  if (!body) return;
  const activity = watchIdle(body, idleLimit);
  const events = activity
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream({ onRetry }));
  const reader = events.getReader();
  const cancel = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw signal.reason;
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    await reader.cancel().catch(() => {});
  }
}

/** The same pieces; an error when none comes for too long, since a connection may be dead without a word. */
function watchIdle(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new ConnectionError("streamTurnLogs", new Error("it is silent"))),
          limit,
        );
      });
      try {
        const { done, value } = await Promise.race([reader.read(), idle]);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        await reader.cancel().catch(() => {});
        controller.error(error);
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
