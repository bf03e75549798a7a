import type { turns } from "../database/schema.ts";
import type { Timing } from "./services.ts";

type End = Pick<typeof turns.$inferSelect, "isTerminal" | "endedAt" | "updatedAt">;

/** Whether a turn takes entries of its log: also for a while after its end, since lines may be on their way. */
export function takesLogs({ isTerminal, endedAt }: End, now: Date, { lateLogs }: Pick<Timing, "lateLogs">) {
  return !isTerminal || (endedAt !== null && now.getTime() < endedAt.getTime() + lateLogs);
}

/** For how many milliseconds those who follow the log of a turn that has ended wait for more; 0 when it is over. */
export function stillOpenFor(
  { endedAt, updatedAt }: End,
  now: Date,
  { lateLogs, logQuiet }: Pick<Timing, "lateLogs" | "logQuiet">,
): number {
  if (endedAt === null) return 0;
  const end = Math.min(endedAt.getTime() + lateLogs, updatedAt.getTime() + logQuiet);
  return Math.max(0, end - now.getTime());
}
