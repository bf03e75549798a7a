import type { IncomingHttpHeaders } from "node:http";
import type { Answer, Facts } from "../answer.ts";
import type { Chunk } from "../delivery.ts";
import type { Failure, Parsed } from "../failure.ts";

/** What a reply needs that neither the request nor the answer holds. */
export interface ReplyContext {
  /** Unique for a provider; ids are made of it. */
  readonly sequence: number;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** How a stream looks on the wire. */
export interface Framing {
  /** Content type of a streamed reply. */
  readonly contentType: string;
  /** An event that no reader can make sense of. */
  readonly malformed: Chunk;
}

/** One wire API of a provider: the shapes it takes and the shapes it answers with. */
export interface Api<Request> {
  readonly framing: Framing;
  /** Checks a JSON body as strictly as the service does; headers may choose the version of its rules. */
  parse(body: unknown, headers: IncomingHttpHeaders): Parsed<Request>;
  facts(request: Request): Facts;
  /** The JSON of a buffered reply. */
  reply(request: Request, answer: Answer, context: ReplyContext): object;
  /** The events of a streamed reply, one chunk for each event. */
  stream(request: Request, answer: Answer, context: ReplyContext): Chunk[];
  /** The event that tells of a failure after the status line. */
  streamError(failure: Failure): Chunk;
}

export const serverSentEvents: Framing = {
  contentType: "text/event-stream; charset=utf-8",
  malformed: 'data: {"broken":\n\n',
};

/** One server-sent event. */
export function serverSentEvent(data: unknown, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}
