import { checkQueues } from "./health-checks.ts";
import type { Services } from "./services.ts";
import { failSilentTurns } from "./turn-end.ts";

/** How long a message may wait that nobody fetches, in milliseconds: longer than any caller waits. */
const messageLife = 300_000;

/**
 * Does what has to be done from time to time until the services stop: health checks, turns that nobody is
 * sending, turns without a sign of life, messages that nobody wants. Returns when the last round is over.
 */
export async function runChores(services: Services): Promise<void> {
  const { broker, dispatch, timing, now, stop, onError } = services;
  const beat = Math.min(2_000, timing.checkInterval / 4, timing.turnSilence / 4);
  const checks = new Set<Promise<void>>();
  const start = (work: Promise<void>) => {
    const done = work.catch(onError).finally(() => checks.delete(done));
    checks.add(done);
  };
  let lastPurge = now().getTime();
  while (!stop.aborted) {
    // A check that waits for its answer holds up no other chore.
    start(checkQueues({ ...services, interval: timing.checkInterval, limit: timing.pingLimit }));
    start(dispatch.sendLeftOver());
    start(failSilentTurns(services, timing.turnSilence));
    const time = now().getTime();
    if (time - lastPurge > messageLife / 10) {
      lastPurge = time;
      start(broker.purge(new Date(time - messageLife)));
    }
    await pause(beat, stop);
  }
  await Promise.all(checks);
  await dispatch.settled();
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
  });
}
