import type { Context } from "../context.ts";

/** Runs work that goes on until it is done or the user has enough; undefined if they had. */
export async function untilInterrupted<Result>(
  { onStopSignal }: Pick<Context, "onStopSignal">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const stop = new AbortController();
  const release = onStopSignal(() => stop.abort());
  try {
    return await work(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return undefined;
    throw error;
  } finally {
    release();
  }
}
