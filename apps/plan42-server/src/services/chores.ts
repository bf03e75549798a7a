import { checkQueues } from "./health-checks.ts";
import { removeOld } from "./retention.ts";
import type { Services } from "./services.ts";
import { failSilentTurns } from "./turn-end.ts";

/** How long a message may wait that nobody fetches, in milliseconds: longer than any caller waits. */
const messageLife = 300_000;
/** How often what is too old is looked for, and the pause between two steps of removing it, in milliseconds. */
const retentionInterval = 600_000;
const retentionPause = 50;

/**
 * Does what has to be done from time to time until the services stop: health checks, turns that nobody is
 * sending, turns without a sign of life, messages that nobody wants, what is too old to be kept. Returns when
 * the last round is over.
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
  let nextRemoval = 0;
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
    if (timing.retention > 0 && time >= nextRemoval) {
      nextRemoval = time + Math.min(retentionInterval, timing.retention / 2);
      start(removeAllOld(services, new Date(time - timing.retention)));
    }
    await pause(beat, stop);
  }
  await Promise.all(checks);
  await dispatch.settled();
}

async function removeAllOld({ database, reclaim, stop }: Services, before: Date): Promise<void> {
  let steps = 0;
  while (!stop.aborted && (await removeOld(database, before))) {
    steps += 1;
    await pause(retentionPause, stop);
  }
  if (steps > 0) await reclaim();
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
