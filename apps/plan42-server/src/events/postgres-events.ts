import { randomUUID } from "node:crypto";
import pg from "pg";
import { createLocalEvents, type Events } from "./events.ts";

const channel = "plan42";
const longestPause = 5_000;

/**
 * Events in all processes that use the same Postgres. While its connection is away, events of other processes
 * are missed; when it is back, everybody who waits is woken.
 */
export async function createPostgresEvents(url: string, onError: (error: Error) => void): Promise<Events> {
  const local = createLocalEvents();
  const origin = randomUUID().slice(0, 8);
  const waiting = new Set<string>();
  let client: pg.Client | undefined;
  let isClosed = false;
  let isSending = false;
  let pause = 100;
  let timer: NodeJS.Timeout | undefined;

  const subscriptions = new Map<string, number>();

  const connect = async () => {
    const next = new pg.Client({
      connectionString: url,
      keepAlive: true,
      application_name: "plan42-server events",
    });
    next.on("notification", ({ payload = "" }) => {
      const [sender, ...topicList] = payload.split("\n");
      if (sender !== origin) for (const topic of topicList) local.publish(topic);
    });
    next.on("error", (error) => {
      onError(error);
      lost(next);
    });
    next.on("end", () => lost(next));
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
    pause = 100;
  };

  const lost = (which: pg.Client) => {
    if (client !== which || isClosed) return;
    client = undefined;
    // The connection is broken already; this only lets go of it.
    which.end().catch(() => {});
    reconnect();
  };

  const reconnect = () => {
    timer = setTimeout(() => {
      connect().then(wakeAll, (error) => {
        onError(error);
        if (!isClosed) reconnect();
      });
    }, pause);
    pause = Math.min(pause * 2, longestPause);
  };

  const wakeAll = () => {
    for (const topic of subscriptions.keys()) local.publish(topic);
    for (const observer of missedObservers) observer(undefined);
    flush();
  };
  const missedObservers: ((topic: undefined) => void)[] = [];

  /** One statement at a time; what comes meanwhile goes together with the next. */
  const flush = () => {
    if (isSending || isClosed || client === undefined || waiting.size === 0) return;
    isSending = true;
    const payload: string[] = [origin];
    let size = 0;
    for (const topic of waiting) {
      size += topic.length + 1;
      if (size > 7_000) break;
      payload.push(topic);
      waiting.delete(topic);
    }
    client
      .query("select pg_notify($1, $2)", [channel, payload.join("\n")])
      .catch((error) => {
        if (!isClosed) onError(error);
      })
      .finally(() => {
        isSending = false;
        flush();
      });
  };

  await connect();
  return {
    publish: (topic) => {
      local.publish(topic);
      waiting.add(topic);
      flush();
    },
    subscribe: (topic, listener) => {
      subscriptions.set(topic, (subscriptions.get(topic) ?? 0) + 1);
      const stop = local.subscribe(topic, listener);
      return () => {
        stop();
        const left = (subscriptions.get(topic) ?? 1) - 1;
        if (left > 0) subscriptions.set(topic, left);
        else subscriptions.delete(topic);
      };
    },
    observe: (observer) => {
      local.observe(observer);
      missedObservers.push(observer);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
