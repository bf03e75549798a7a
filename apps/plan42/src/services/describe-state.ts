import { constants } from "node:os";
import type { ServiceState } from "./service-manager.ts";

/** What `runner status` says of the service, such as `failed, started again 3 times, last exit code 78`. */
export function describeState({
  phase,
  restarts,
  lastExitCode,
  lastSignal,
}: {
  readonly phase: string;
  readonly restarts: number | null;
  readonly lastExitCode: number | null;
  readonly lastSignal: number | null;
}): string {
  const parts = [phase === "restarting" ? "being started again" : phase];
  if (lastSignal) parts.push(`ended by signal ${lastSignal}${nameOf(lastSignal)}`);
  if (lastExitCode) parts.push(`last exit code ${lastExitCode}`);
  if (restarts) parts.push(`started again ${restarts === 1 ? "once" : `${restarts} times`}`);
  return parts.join(", ");
}

/** How its last run ended, for a message: `with exit code 78`, `by signal 9 (SIGKILL)`. */
export function describeEnd({ lastExitCode, lastSignal }: ServiceState): string {
  if (lastSignal) return `by signal ${lastSignal}${nameOf(lastSignal)}`;
  return `with exit code ${lastExitCode ?? "unknown"}`;
}

function nameOf(signal: number): string {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [];
  return name === undefined ? "" : ` (${name})`;
}
