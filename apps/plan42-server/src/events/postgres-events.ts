import { randomUUID } from "node:crypto";
import pg from "pg";
import { createLocalEvents, type Events } from "./events.ts";

const channel = "plan42";
const longestPause = 5_000;
const connectionTimeout = 10_000;
/** How often it is tried whether notifications still arrive, and how long that may take. */
const defaultBeat = { interval: 15_000, limit: 5_000 };

/**
 * Events in all processes that use the same Postgres. While its connection is away, events of other processes
 * are missed; when it is back, everybody who waits is woken. A connection that is dead without having ended is
 * noticed by what this process tells itself. Rejects if Postgres delivers no notifications.
 */
export async function createPostgresEvents(
  url: string,
  onError: (error: Error) => void,
  beat = defaultBeat,
): Promise<Events> {
  const local = createLocalEvents();
  const origin = randomUUID().slice(0, 8);
  const waiting = new Set<string>();
  let client: pg.Client | undefined;
  let isClosed = false;
  let isSending = false;
  let pause = 100;
  let timer: NodeJS.Timeout | undefined;
  let heard = () => {};

  const subscriptions = new Map<string, number>();

  const connect = async () => {
    const next = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectionTimeout,
      keepAlive: true,
      application_name: "plan42-server events",
    });
    next.on("notification", ({ payload = "" }) => {
      const [sender, ...topicList] = payload.split("\n");
      if (sender === origin) heard();
      else for (const topic of topicList) local.publish(topic);
    });
    next.on("error", (error) => {
      onError(error);
      lost(next);
    });
    next.on("end", () => lost(next));
    await next.connect();
    try {
      await next.query(`listen ${channel}`);
      await hearOneself(() => tell(next, []));
    } catch (error) {
      // Why it could not be used is told already.
      next.end().catch(() => {});
      throw error;
    }
    if (isClosed) return next.end();
    client = next;
    pause = 100;
  };

  const tell = (which: pg.Client, topics: readonly string[]) =>
    which.query("select pg_notify($1, $2)", [channel, [origin, ...topics].join("\n")]);

  const hearOneself = async (speak: () => Promise<unknown> | undefined) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    heard = resolve;
    const late = new Error(`Postgres has not delivered a notification within ${beat.limit / 1000} s`);
    const limit = setTimeout(() => reject(late), beat.limit);
    try {
      // A dead connection answers nothing at all.
      speak()?.catch(reject);
      await promise;
    } finally {
      clearTimeout(limit);
    }
  };

  const beating = setInterval(() => {
    const current = client;
    if (current === undefined) return;
    // What is being told just now is heard as well.
    hearOneself(() => (isSending ? undefined : send(current, []))).catch((error) => {
      if (client !== current || isClosed) return;
      onError(error);
      lost(current);
    });
  }, beat.interval).unref();

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
    const topics: string[] = [];
    let size = 0;
    for (const topic of waiting) {
      size += topic.length + 1;
      if (size > 7_000) break;
      topics.push(topic);
      waiting.delete(topic);
    }
    void send(client, topics);
  };

  const send = async (which: pg.Client, topics: readonly string[]) => {
    isSending = true;
    try {
      await tell(which, topics);
      isSending = false;
      flush();
    } catch (error) {
      isSending = false;
      if (isClosed) return;
      onError(error instanceof Error ? error : new Error(String(error)));
      // Told with what is told next, or when the connection is back: nobody else wakes who waits elsewhere.
      for (const topic of topics) waiting.add(topic);
    }
  };

  try {
    await connect();
  } catch (error) {
    clearInterval(beating);
    throw error;
  }
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
      clearInterval(beating);
      await client?.end();
    },
  };
}
