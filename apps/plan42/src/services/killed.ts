import { AppError } from "@plano/errors";
import type { ServiceManager } from "./service-manager.ts";

/** A stop that was none of the runner's own: its manager killed it, with its jobs going on. */
export function killedError(name: ServiceManager["name"], limitSeconds: number | undefined): AppError {
  const after = limitSeconds === undefined ? "" : ` after ${limitSeconds} s`;
  return new AppError(`${name} has killed the runner${after}: its jobs had not ended, and go on`, {
    code: "service-killed",
    hint: [
      "The next start goes on with them; plan42 runner job list shows them, plan42 runner job kill ends one.",
      "Where shutdown_timeout was raised since the service was enabled: plan42 runner enable gives it the time.",
    ].join("\n"),
  });
}
