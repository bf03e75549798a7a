/**
 * Wakes those who wait for something to change, in all server processes. An event says only that there may be
 * news: who is woken looks for itself, and looks again from time to time.
 */
export interface Events {
  /** Wakes all who wait for the topic. */
  publish(topic: string): void;
  /** Calls back for each event of the topic until the returned function is called. */
  subscribe(topic: string, listener: () => void): () => void;
  /** Calls back for every event, with its topic; with undefined when events may have been missed. */
  observe(listener: (topic: string | undefined) => void): void;
  close(): Promise<void>;
}

/** Names of topics. */
export const topics = {
  /** A queue has a message. */
  messages: (queue: string) => `messages:${queue}`,
  /** A queue's row changed or went. */
  queue: (queue: string) => `queue:${queue}`,
  /** A runner got a queue or one of its queues became healthy. */
  runner: (tenantId: string, runnerId: string) => `runner:${tenantId}/${runnerId}`,
  /** A message was answered to another process. */
  response: (messageId: string) => `response:${messageId}`,
  /** A turn or its log changed. */
  turn: (tenantId: string, taskId: string, index: number) => `turn:${tenantId}/${taskId}/${index}`,
  /** Tokens were revoked. */
  tokens: "tokens",
} as const;

/** Events within this process. */
export function createLocalEvents(): Events {
  const listeners = new Map<string, Set<() => void>>();
  const observers: ((topic: string | undefined) => void)[] = [];
  return {
    publish: (topic) => {
      for (const observer of observers) observer(topic);
      for (const listener of [...(listeners.get(topic) ?? [])]) listener();
    },
    subscribe: (topic, listener) => {
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(listener));
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.get(topic) === known) listeners.delete(topic);
      };
    },
    observe: (observer) => void observers.push(observer),
    close: async () => {},
  };
}

/** An ear for some topics, from the moment it is made. */
export interface Listening {
  /** Resolves with the first event since it was made, after some milliseconds, or when a signal aborts. */
  within(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void>;
  stop(): void;
}

/** Begins to listen. To miss nothing: listen first, then look, then wait. */
export function listen(events: Events, topicNames: readonly string[]): Listening {
  let notify = () => {};
  const happened = new Promise<void>((resolve) => {
    notify = resolve;
  });
  const stops = topicNames.map((topic) => events.subscribe(topic, notify));
  return {
    within: (milliseconds, ...signals) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          for (const signal of signals) signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        for (const signal of signals) signal.addEventListener("abort", done, { once: true });
        if (signals.some(({ aborted }) => aborted)) done();
        void happened.then(done);
      }),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
