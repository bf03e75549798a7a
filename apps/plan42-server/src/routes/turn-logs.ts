import { errorTypes, turnLogLimits } from "@plano/protocol";
import { and, asc, desc, eq, gte } from "drizzle-orm";
import { tasks, turnLogs, turns } from "../database/schema.ts";
import { toTurn } from "../database/to-wire.ts";
import { listen, topics } from "../events/events.ts";
import { badRequest, conflict, notFound, tooLarge } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { stillOpenFor, takesLogs } from "../services/late-logs.ts";
import { fitEntries } from "../services/log-size.ts";
import type { Services } from "../services/services.ts";
import { isTurn, type TurnKey } from "../services/turn-end.ts";
import type { TurnLogEndpoint } from "./names.ts";
import { isTask } from "./tasks.ts";
import { turnKey } from "./turns.ts";
import { findRow } from "./versioned.ts";

/** How many entries are read from the database at a time. */
const pageSize = 1_000;
/** How often a silent stream shows that it lives, in milliseconds. */
const keepAlive = 15_000;

/** Logs of turns. */
export function turnLogHandlers(services: Services): HandlersFor<TurnLogEndpoint> {
  const { database, events, timing, logLimits, now, stop } = services;
  const type = "Turn";

  const entriesFrom = (key: TurnKey, index: number) =>
    database
      .select({ index: turnLogs.index, timestamp: turnLogs.timestamp, message: turnLogs.message })
      .from(turnLogs)
      .where(and(isLogOf(key), gte(turnLogs.index, index)))
      .orderBy(asc(turnLogs.index))
      .limit(pageSize);

  return {
    uploadTurnLogs: async ({ path, ifMatch, body }) => {
      const key = turnKey(path);
      const { Index, Logs } = body;
      if (Logs.length > turnLogLimits.entries) throw tooLarge(`more than ${turnLogLimits.entries} entries`);
      if (Logs.length === 0) throw badRequest("Logs: there are none");
      const version = await database.transaction(async (transaction) => {
        const [turn] = await transaction.select().from(turns).where(isTurn(key)).for("update");
        if (!turn) throw notFound(type);
        const time = now();
        if (!takesLogs(turn, time, timing)) {
          throw conflict("the turn has ended", type, toTurn(turn), errorTypes.updateCompletedTurn);
        }
        // Whoever sent these before they could hear of the turn's end names the version before it.
        const isOvertaken = turn.endVersion !== null && ifMatch === turn.endVersion - 1;
        if (ifMatch !== turn.version && !isOvertaken) throw conflict("version mismatch", type, toTurn(turn));
        // Whose lines were cut off counts on from what it sent: that it is full comes before any index.
        const fitted = fitEntries(Logs, { entries: turn.logCount, bytes: turn.logBytes }, logLimits);
        if (!fitted) throw tooLarge("the turn's log is full");
        if (Index !== turn.logCount) {
          throw conflict(`the next entry's index is ${turn.logCount}`, type, toTurn(turn));
        }
        // The version stays: an agent that prints must be able to change its turn all the while.
        await transaction
          .update(turns)
          .set({ logCount: Index + fitted.entries.length, logBytes: fitted.bytes, updatedAt: time })
          .where(isTurn(key));
        await transaction.insert(turnLogs).values(
          fitted.entries.map(({ Timestamp, Message }, offset) => ({
            tenantId: key.tenantId,
            taskId: key.taskId,
            turnIndex: key.index,
            index: Index + offset,
            timestamp: Timestamp,
            message: Message,
          })),
        );
        return turn.version;
      });
      events.publish(topics.turn(key.tenantId, key.taskId, key.index));
      return { Version: version };
    },
    getLastTurnLog: async ({ path, query }) => {
      const key = turnKey(path);
      await findRow(database, tasks, { where: isTask(path, query.includeDeleted), type: "Task" });
      const [row] = await database
        .select()
        .from(turnLogs)
        .where(isLogOf(key))
        .orderBy(desc(turnLogs.index))
        .limit(1);
      if (!row) throw notFound("log entry");
      return { Index: row.index, Timestamp: row.timestamp, Message: row.message };
    },
    streamTurnLogs: async ({ path, query, header, signal }) => {
      const key = turnKey(path);
      await findRow(database, tasks, { where: isTask(path, query.includeDeleted), type: "Task" });
      const first = await findRow(database, turns, { where: isTurn(key), type });
      let next = readLastEventId(header("last-event-id"));
      const isOver = first.isTerminal && stillOpenFor(first, now(), timing) === 0;
      if (isOver && next >= first.logCount) return new Response(null, { status: 204 });

      const closed = AbortSignal.any([signal, stop]);
      const encoder = new TextEncoder();
      async function* pieces(): AsyncGenerator<string> {
        yield "retry: 1000\n\n";
        while (!closed.aborted) {
          const news = listen(events, [topics.turn(key.tenantId, key.taskId, key.index)]);
          try {
            // The turn is looked at before its log, so that an end never hides the last entries.
            const [turn] = await database
              .select({ isTerminal: turns.isTerminal, endedAt: turns.endedAt, updatedAt: turns.updatedAt })
              .from(turns)
              .where(isTurn(key));
            const entries = await entriesFrom(key, next);
            if (entries.length > 0) {
              yield entries.map(toEvent).join("");
              next = (entries.at(-1)?.index ?? next) + 1;
              continue;
            }
            if (!turn) return;
            const left = turn.isTerminal ? stillOpenFor(turn, now(), timing) : keepAlive;
            if (left === 0) {
              // Coming back is all that is left to do, and tells the client that it was the end.
              yield "retry: 50\n\n";
              return;
            }
            const before = performance.now();
            await news.within(left, closed);
            if (performance.now() - before >= keepAlive) yield ": still here\n\n";
          } finally {
            news.stop();
          }
        }
      }
      const source = pieces();
      const stream = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          const { done, value } = await source.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        },
        cancel: async () => void (await source.return(undefined)),
      });
      return new Response(stream, {
        headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
      });
    },
  };
}

function isLogOf({ tenantId, taskId, index }: TurnKey) {
  return and(eq(turnLogs.tenantId, tenantId), eq(turnLogs.taskId, taskId), eq(turnLogs.turnIndex, index));
}

function toEvent({
  index,
  timestamp,
  message,
}: {
  index: number;
  timestamp: string;
  message: string;
}): string {
  const data = JSON.stringify({ Timestamp: timestamp, Message: message });
  // Ids start at 1, since clients take 0 for none.
  return `event: log\nid: ${index + 1}\ndata: ${data}\n\n`;
}

/** The index of the first entry that the client has not seen. */
function readLastEventId(header: string | undefined): number {
  if (header === undefined || header === "") return 0;
  if (!/^\d{1,9}$/.test(header)) throw badRequest("Last-Event-ID must be the id of an entry");
  return Number(header);
}
